-- Revert hypermind:functions/normal_node from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.normal_node(text, jsonb, text);

commit;

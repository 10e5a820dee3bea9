-- Revert hypermind:functions/node_accepts from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.node_accepts(jsonb, text, jsonb, integer);

commit;

-- Revert hypermind:functions/mentions_member from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.mentions_member(jsonb, text[], text);

commit;

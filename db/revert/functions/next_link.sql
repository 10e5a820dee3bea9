-- Revert hypermind:functions/next_link from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.next_link(bytea, bytea, bytea);

commit;

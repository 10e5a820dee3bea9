-- Revert hypermind:functions/forbid_mutation from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.forbid_mutation();

commit;

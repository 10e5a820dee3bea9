-- Revert hypermind:functions/run_lineage from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.run_lineage(uuid);

commit;

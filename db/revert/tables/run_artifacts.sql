-- Revert hypermind:tables/run_artifacts from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.run_artifacts;

commit;

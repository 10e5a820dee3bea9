-- Revert hypermind:triggers/run_artifacts_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger run_artifacts_no_truncate on hypermind.run_artifacts;
drop trigger run_artifacts_append_only on hypermind.run_artifacts;

commit;

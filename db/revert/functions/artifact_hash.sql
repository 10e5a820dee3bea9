-- Revert hypermind:functions/artifact_hash from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.artifact_hash(hypermind.run_artifacts);

commit;

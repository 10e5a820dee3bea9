-- Revert hypermind:functions/find_artifacts from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.find_artifacts(uuid, text, text, text, bytea, uuid, timestamptz, timestamptz, integer, text);

commit;

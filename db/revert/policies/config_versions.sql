-- Revert hypermind:policies/config_versions from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy config_versions_of_the_readers_projects on hypermind.config_versions;

commit;

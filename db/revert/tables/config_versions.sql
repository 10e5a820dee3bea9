-- Revert hypermind:tables/config_versions from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.config_versions;

commit;

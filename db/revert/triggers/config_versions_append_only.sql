-- Revert hypermind:triggers/config_versions_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger config_versions_no_truncate on hypermind.config_versions;
drop trigger config_versions_append_only on hypermind.config_versions;

commit;

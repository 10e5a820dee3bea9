-- Deploy hypermind:triggers/config_versions_append_only to pg
-- requires: tables/config_versions
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

create trigger config_versions_append_only
    before update or delete on hypermind.config_versions
    for each row execute function hypermind_private.forbid_mutation();

create trigger config_versions_no_truncate
    before truncate on hypermind.config_versions
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.config_versions enable always trigger config_versions_append_only;
alter table hypermind.config_versions enable always trigger config_versions_no_truncate;

commit;

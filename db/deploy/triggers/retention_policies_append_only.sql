-- Deploy hypermind:triggers/retention_policies_append_only to pg
-- requires: tables/retention_policies
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- A policy is followed by another: what held, and why, is kept.
create trigger retention_policies_append_only
    before update or delete on hypermind.retention_policies
    for each row execute function hypermind_private.forbid_mutation();

create trigger retention_policies_no_truncate
    before truncate on hypermind.retention_policies
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.retention_policies enable always trigger retention_policies_append_only;
alter table hypermind.retention_policies enable always trigger retention_policies_no_truncate;

commit;

-- Deploy hypermind:triggers/run_tools_append_only to pg
-- requires: tables/run_tools
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- Rows of run_tools are only ever added.
create trigger run_tools_append_only
    before update or delete on hypermind.run_tools
    for each row execute function hypermind_private.forbid_mutation();

create trigger run_tools_no_truncate
    before truncate on hypermind.run_tools
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.run_tools enable always trigger run_tools_append_only;
alter table hypermind.run_tools enable always trigger run_tools_no_truncate;

commit;

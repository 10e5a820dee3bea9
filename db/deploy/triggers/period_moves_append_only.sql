-- Deploy hypermind:triggers/period_moves_append_only to pg
-- requires: tables/period_moves
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- How months left and came back stays on record: guards against changing it.
create trigger period_moves_append_only
    before update or delete on hypermind.period_moves
    for each row execute function hypermind_private.forbid_mutation();

create trigger period_moves_no_truncate
    before truncate on hypermind.period_moves
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.period_moves enable always trigger period_moves_append_only;
alter table hypermind.period_moves enable always trigger period_moves_no_truncate;

commit;

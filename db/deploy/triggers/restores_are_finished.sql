-- Deploy hypermind:triggers/restores_are_finished to pg
-- requires: tables/restores
-- requires: functions/forbid_unfinished_restore

begin;

set local role hypermind_owner;

-- What is restored is proved before the transaction commits, or not kept.
create constraint trigger restores_are_finished
    after insert on hypermind.restores
    deferrable initially deferred
    for each row execute function hypermind_private.forbid_unfinished_restore();

alter table hypermind.restores enable always trigger restores_are_finished;

commit;

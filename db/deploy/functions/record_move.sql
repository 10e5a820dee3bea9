-- Deploy hypermind:functions/record_move to pg
-- requires: tables/period_moves
-- requires: functions/caller
-- requires: functions/clock

begin;

set local role hypermind_owner;

create or replace function hypermind_private.record_move(
    p_period date, p_action text, p_archive_id uuid, p_runs bigint
)
    returns void
    language plpgsql
    volatile
as $function$
begin
    insert into hypermind.period_moves (period, move, action, archive_id, runs, moved_by, moved_at)
    select p_period, coalesce(max(m.move), 0) + 1, p_action, p_archive_id, p_runs, hypermind_private.caller(),
           hypermind_private.clock()
    from hypermind.period_moves as m
    where m.period = p_period;
end
$function$;

comment on function hypermind_private.record_move(date, text, uuid, bigint) is
$comment$Records that a month left the run tables, or came back.$comment$;

commit;

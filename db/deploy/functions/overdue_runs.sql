-- Deploy hypermind:functions/overdue_runs to pg
-- requires: functions/period_bounds
-- requires: functions/last_ends
-- requires: functions/has_content
-- requires: functions/hold_word
-- requires: tables/hold_releases
-- requires: functions/clock
-- requires: tables/run_summaries
-- requires: tables/erasures

begin;

set local role hypermind_owner;

create or replace function hypermind_private.overdue_runs(p_period date)
    returns table (run_id uuid, events bigint, keep_at_most integer)
    language plpgsql
    volatile
as $function$
declare
    v_bounds constant record      := hypermind_private.period_bounds(p_period);
    v_now    constant timestamptz := hypermind_private.clock();
    v_found  integer := 0;
begin
    for run_id, events, keep_at_most in
        with held as materialized (
            select h.project_id, h.run_id, case when h.config_id is not null then hypermind_private.hold_word(h) end as word
            from hypermind.holds as h
            where not exists (select from hypermind.hold_releases as r where r.hold_id = h.hold_id)
        )
        select s.run_id, s.events, l.keep_at_most
        from hypermind_private.last_ends(p_period) as l
        join hypermind.run_summaries as s on s.project_id = l.project_id
        where s.run_id >= v_bounds.first_id and s.run_id < v_bounds.next_id
          and s.ended_at + make_interval(hours => 24 * l.keep_at_most) <= v_now
          and not exists (select from hypermind.erasures as e where e.run_id = s.run_id and e.seq is null)
          and not exists (
              select from held as h
              where h.project_id = s.project_id and (h.run_id is null or h.run_id = s.run_id) and (h.word is null or h.word = any (s.words)))
        order by s.run_id
    loop
        if exists (select from hypermind.run_summaries as s where s.run_id = overdue_runs.run_id and s.archive_id is not null)
           or hypermind_private.has_content(overdue_runs.run_id) then
            return next;
            v_found := v_found + 1;
            exit when v_found = 1000;
        end if;
    end loop;
end
$function$;

comment on function hypermind_private.overdue_runs(date) is
$comment$The runs of a month, archived or not, that their policy keeps no longer, that have content, and that no hold covers: 1,000 at
most.$comment$;

commit;

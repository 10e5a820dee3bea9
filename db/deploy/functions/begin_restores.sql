-- Deploy hypermind:functions/begin_restores to pg
-- requires: tables/restores
-- requires: tables/run_summaries
-- requires: functions/caller
-- requires: functions/make_period
-- requires: functions/period_exists
-- requires: functions/refuse_argument
-- requires: functions/uuid_of

begin;

set local role hypermind_owner;

create or replace function hypermind_private.begin_restores(p_archive hypermind.archives, p_rows jsonb)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_run_id uuid;
begin
    insert into hypermind.restores (run_id, archive_id, restored_by)
    select distinct hypermind_private.uuid_of(r.item ->> 'run_id'), p_archive.archive_id, hypermind_private.caller()
    from jsonb_array_elements(p_rows) as r (item)
    where hypermind_private.uuid_of(r.item ->> 'run_id') is not null
    order by 1
    on conflict (run_id) do nothing;

    -- Looked at only now: another restore of the same run, which was waited for, may have brought it back.
    select r.run_id into v_run_id
    from hypermind.restores as r
    join hypermind.run_summaries as s on s.run_id = r.run_id
    where s.archive_id is null
    order by r.run_id
    limit 1;
    if found then
        perform hypermind_private.refuse_argument(
            'p_rows', format('run %s is not archived: it is here', v_run_id), 'Leave it out.');
    end if;

    if not hypermind_private.period_exists(p_archive.period::timestamp at time zone 'UTC') then
        perform hypermind_private.make_period(p_archive.period::timestamp at time zone 'UTC');
    end if;
end
$function$;

comment on function hypermind_private.begin_restores(hypermind.archives, jsonb) is
$comment$Notes which runs this transaction brings back, and makes their month, if it was dropped.

Raises MH016 (a run is here).$comment$;

commit;

-- Deploy hypermind:functions/refuse_if_archived to pg
-- requires: tables/archives
-- requires: tables/run_summaries
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_if_archived(p_run hypermind.run_summaries)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_archive hypermind.archives;
begin
    if p_run.archive_id is null then
        return;
    end if;

    select * into v_archive from hypermind.archives as a where a.archive_id = p_run.archive_id;
    perform hypermind_private.refuse(
        'MH032',
        format('run %s is archived: its rows are in %s', p_run.run_id, v_archive.location),
        jsonb_build_object('run_id', p_run.run_id, 'archive_id', v_archive.archive_id, 'period', v_archive.period,
                           'location', v_archive.location),
        format('Bring it back first: hypermindlabs restore %s.', p_run.run_id));
end
$function$;

comment on function hypermind_private.refuse_if_archived(hypermind.run_summaries) is
$comment$Refuses to go on with a run whose rows are away. The caller has found out that the user may know of the run.

Raises MH032 (run archived).$comment$;

commit;

-- Deploy hypermind:functions/restorable_archive to pg
-- requires: tables/archives
-- requires: functions/period_state
-- requires: functions/refuse_retired
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.restorable_archive(p_archive_id uuid)
    returns hypermind.archives
    language plpgsql
    volatile
as $function$
declare
    v_archive hypermind.archives;
begin
    select * into v_archive from hypermind.archives as a where a.archive_id = p_archive_id;
    if not found then
        perform hypermind_private.refuse_argument(
            'p_archive_id', format('there is no archive %s', coalesce(p_archive_id::text, 'null')), 'See the table hypermind.archives.');
    end if;
    if hypermind_private.period_state(v_archive.period) = 'detached' then
        perform hypermind_private.refuse_retired(
            v_archive.period, 'is detached, and its tables are still here',
            format('Attach it: select hypermind.attach_period(%L).', v_archive.period));
    end if;
    return v_archive;
end
$function$;

comment on function hypermind_private.restorable_archive(uuid) is
$comment$The archive, if runs can be restored from it.

Raises MH016 (no such archive), MH031 (its month is detached).$comment$;

commit;

-- Deploy hypermind:functions/refuse_foreign_rows to pg
-- requires: tables/restores
-- requires: tables/archive_runs
-- requires: functions/refuse
-- requires: functions/uuid_of

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_foreign_rows(
    p_archive hypermind.archives, p_table text, p_rows jsonb
)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_run_id text;
begin
    select r.item ->> 'run_id' into v_run_id
    from jsonb_array_elements(p_rows) as r (item)
    where not exists (
        select from hypermind.restores as b
        join hypermind.archive_runs as a on a.run_id = b.run_id and a.archive_id = b.archive_id
        where b.archive_id = p_archive.archive_id
          and b.run_id = hypermind_private.uuid_of(r.item ->> 'run_id')
          and a.project_id = hypermind_private.uuid_of(r.item ->> 'project_id'))
    limit 1;

    if found then
        perform hypermind_private.refuse(
            'MH029',
            format('a row of %s is of run %s, which archive %s does not have, or not in that project, or whose row in runs did not come first',
                   p_table, coalesce(v_run_id, 'null'), p_archive.archive_id),
            jsonb_build_object('archive_id', p_archive.archive_id, 'table', p_table, 'run_id', v_run_id),
            'Begin with the row in runs. Are the files those that were archived? hypermindlabs archive --verify tells.');
    end if;
end
$function$;

comment on function hypermind_private.refuse_foreign_rows(hypermind.archives, text, jsonb) is
$comment$Refuses rows that are not of a run, and its project, that this transaction restores from the archive.

Raises MH029 (archive mismatch).$comment$;

commit;

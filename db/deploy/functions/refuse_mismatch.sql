-- Deploy hypermind:functions/refuse_mismatch to pg
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_mismatch(
    p_archive_id uuid, p_period date, p_figures jsonb, p_manifest jsonb
)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_figure text;
begin
    select f.key into v_figure
    from jsonb_each(p_figures) as f
    where not coalesce(p_manifest -> f.key @> f.value, false)
    order by f.key
    limit 1;

    if found then
        perform hypermind_private.refuse(
            'MH029',
            format('the archive of %s does not hold what is here: %s differs', to_char(p_period, 'YYYY-MM'), v_figure),
            jsonb_build_object('archive_id', p_archive_id, 'period', p_period, 'figure', v_figure, 'here', p_figures -> v_figure,
                               'manifest', p_manifest -> v_figure),
            'Archive the month again: it has changed since, or the files are not its own.');
    end if;
end
$function$;

comment on function hypermind_private.refuse_mismatch(uuid, date, jsonb, jsonb) is
$comment$Refuses a manifest that does not contain the figures of the month.

Raises MH029 (archive mismatch).$comment$;

commit;

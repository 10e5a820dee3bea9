-- Deploy hypermind:functions/refuse_if_held to pg
-- requires: functions/holds_on_run
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_if_held(p_run_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_holds jsonb;
begin
    select jsonb_agg(jsonb_build_object('hold_id', h.hold_id, 'reason', h.reason, 'placed_by', h.placed_by)
                     order by h.placed_at, h.hold_id)
    into v_holds
    from hypermind.holds as h
    where h.hold_id = any (array(select hypermind_private.holds_on_run(p_run_id)));

    if v_holds is not null then
        perform hypermind_private.refuse(
            'MH024',
            format('run %s is on hold: %s', p_run_id, v_holds #>> '{0, reason}'),
            jsonb_build_object('run_id', p_run_id, 'holds', v_holds),
            'It stays as it is until each of the holds is released: hypermind.release_hold().');
    end if;
end
$function$;

comment on function hypermind_private.refuse_if_held(uuid) is
$comment$Refuses to go on with a run that a hold in force covers. The caller has taken lock_contents(), so that no hold is placed
meanwhile.

Raises MH024 (on hold).$comment$;

commit;

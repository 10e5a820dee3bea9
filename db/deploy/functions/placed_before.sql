-- Deploy hypermind:functions/placed_before to pg
-- requires: tables/holds
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.placed_before(p_hold hypermind.holds)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_hold hypermind.holds;
begin
    select * into v_hold from hypermind.holds as h where h.hold_id = p_hold.hold_id;

    if (v_hold.project_id, v_hold.run_id, v_hold.config_id, v_hold.version, v_hold.label, v_hold.reason)
           is distinct from (p_hold.project_id, p_hold.run_id, p_hold.config_id, p_hold.version, p_hold.label, p_hold.reason) then
        perform hypermind_private.refuse(
            'MH005',
            format('hold id %s is taken by another hold', p_hold.hold_id),
            jsonb_build_object('hold_id', p_hold.hold_id),
            'Give every hold an id of its own, and repeat an id only to retry the same call.');
    end if;
end
$function$;

comment on function hypermind_private.placed_before(hypermind.holds) is
$comment$Refuses a hold whose id is taken, unless the same call placed it before.

Raises MH005 (the id is taken by another hold).$comment$;

commit;

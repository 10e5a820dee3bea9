-- Deploy hypermind:functions/release_hold to pg
-- requires: functions/operates
-- requires: functions/check_text
-- requires: functions/refuse
-- requires: functions/clock
-- requires: tables/hold_releases
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.release_hold(p_hold_id uuid, p_reason text)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_hold hypermind.holds;
begin
    perform hypermind_private.check_text('p_reason', p_reason, 2000);

    select * into v_hold from hypermind.holds as h where h.hold_id = p_hold_id and hypermind_private.operates();
    if not found then
        perform hypermind_private.refuse(
            'MH028',
            format('hold %s does not exist', coalesce(p_hold_id::text, 'null')),
            jsonb_build_object('hold_id', p_hold_id),
            'Look it up with hypermind.list_holds(). A superuser says SET ROLE first.');
    end if;

    insert into hypermind.hold_releases (hold_id, project_id, reason, released_by, released_at)
    values (v_hold.hold_id, v_hold.project_id, p_reason, hypermind_private.caller(), hypermind_private.clock())
    on conflict (hold_id) do nothing;
end
$function$;

comment on function hypermind.release_hold(uuid, text) is
$comment$Ends a hold. Runs that no other hold covers can be erased and retired again. A hold that is released stays as it was
released: who did it first, and why.

p_reason: why, 1 to 2,000 characters.

Raises MH016 (invalid argument), MH028 (hold not found).$comment$;

grant execute on function hypermind.release_hold(uuid, text) to hypermind_operator;

commit;

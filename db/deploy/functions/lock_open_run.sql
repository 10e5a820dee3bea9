-- Deploy hypermind:functions/lock_open_run to pg
-- requires: functions/refuse_append
-- requires: functions/acts_for
-- requires: tables/run_heads

begin;

set local role hypermind_owner;

create or replace function hypermind_private.lock_open_run(p_run_id uuid, p_expected_seq bigint, p_epoch bigint)
    returns hypermind.run_heads
    language plpgsql
    volatile
as $function$
declare
    v_head hypermind.run_heads;
begin
    select * into v_head
    from hypermind.run_heads as h
    where h.run_id = p_run_id
      and hypermind_private.acts_for(h.project_role)
      and (p_expected_seq is null or p_expected_seq = h.last_seq)
      and (p_epoch is null or p_epoch = h.epoch)
    for no key update;

    if not found then
        perform hypermind_private.refuse_append(p_run_id, p_expected_seq, p_epoch, null);
    end if;
    return v_head;
end
$function$;

comment on function hypermind_private.lock_open_run(uuid, bigint, bigint) is
$comment$Takes the lock of an open run and returns its head.

Raises MH001 (run not found), MH002 (run closed), MH003 (expected_seq conflict), MH009 (stale epoch).$comment$;

commit;

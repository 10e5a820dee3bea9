-- Deploy hypermind:functions/check_run_id to pg
-- requires: tables/run_summaries
-- requires: functions/refuse
-- requires: functions/clock
-- requires: functions/caller
-- requires: functions/uuidv7_time
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_run_id(p_run_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_time constant timestamptz := hypermind.uuidv7_time(p_run_id);
    v_now  constant timestamptz := hypermind_private.clock();
begin
    -- A late retry of a call that succeeded: the id was good then.
    if exists (select from hypermind.run_summaries as s where s.run_id = p_run_id) then
        return;
    end if;

    if p_run_id::text !~ '^.{14}7.{4}[89ab]' or v_time >= '10000-01-01 00:00:00+00' then
        perform hypermind_private.refuse(
            'MH018',
            format('%s is no UUID of version 7', p_run_id),
            jsonb_build_object('run_id', p_run_id),
            'Leave the run id out, or make one with hypermind.new_run_id() or any UUIDv7 library.');
    end if;

    if v_time not between v_now - interval '1 day' and v_now + interval '1 day'
       and not pg_has_role(hypermind_private.caller(), 'hypermind_operator', 'USAGE') then
        perform hypermind_private.refuse(
            'MH018',
            format('run id %s is of %s: it must be within a day of now', p_run_id,
                   to_char(v_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
            jsonb_build_object('run_id', p_run_id, 'id_time', v_time),
            'Make the id when the run is created. To load old runs, be a member of hypermind_operator.');
    end if;
end
$function$;

comment on function hypermind_private.check_run_id(uuid) is
$comment$Refuses a run id that is no UUID version 7 (RFC 9562), or whose time is more than a day from now and the caller is no
hypermind_operator. An id that is taken passes: the call may be a retry.

Raises MH018 (invalid run id).$comment$;

commit;

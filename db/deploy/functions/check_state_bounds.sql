-- Deploy hypermind:functions/check_state_bounds to pg
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_state_bounds(p_bytes bigint, p_depth_ok boolean)
    returns void
    language plpgsql
    immutable
    parallel safe
as $function$
begin
    if p_bytes > 67108864 then
        perform hypermind_private.refuse(
            'MH017',
            format('the state would have %s bytes: at most 64 MiB can be kept', p_bytes),
            jsonb_build_object('bytes', p_bytes, 'max_bytes', 67108864),
            'Remove from the state what is no longer needed; events and artifacts keep it.');
    end if;
    if not p_depth_ok then
        perform hypermind_private.refuse(
            'MH017', 'the state would be nested deeper than 200 levels', '{"max_depth": 200}', 'Flatten the state.');
    end if;
end
$function$;

comment on function hypermind_private.check_state_bounds(bigint, boolean) is
$comment$Refuses a state that could not be kept or read: larger than 64 MiB as stored, or nested deeper than 200 levels.

p_bytes: its size, or an upper bound. p_depth_ok: whether its nesting is within bounds, as json_depth_ok(state, 200) says.

Raises MH017 (value too large).$comment$;

commit;

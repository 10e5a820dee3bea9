-- Deploy hypermind:functions/check_delta to pg
-- requires: functions/refuse
-- requires: functions/check_bounds

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_delta(p_delta jsonb)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if jsonb_typeof(p_delta) not in ('array', 'object') then
        perform hypermind_private.refuse(
            'MH008',
            format('state_delta must be a JSON Patch (an array) or a merge patch (an object), not a %s', jsonb_typeof(p_delta)),
            jsonb_build_object('type', jsonb_typeof(p_delta)),
            'To replace the whole state: [{"op": "replace", "path": "", "value": ...}].');
    end if;
    perform hypermind_private.check_bounds('state_delta', p_delta);

    -- Each patch may reach deeper than the one before; 100 levels of pointer keep every later fold within its stack.
    if jsonb_typeof(p_delta) = 'array'
       and (jsonb_path_exists(p_delta, '$[*].path ? (@ like_regex "^([^/]*/){101}")')
            or jsonb_path_exists(p_delta, '$[*].from ? (@ like_regex "^([^/]*/){101}")')) then
        perform hypermind_private.refuse(
            'MH017', 'a JSON Pointer of state_delta has more than 100 levels',
            '{"argument": "state_delta", "max_depth": 100}', 'Flatten the state.');
    end if;
end
$function$;

comment on function hypermind_private.check_delta(jsonb) is
$comment$Refuses a state_delta that is neither a JSON Patch (RFC 6902) nor a merge patch (RFC 7396), or is beyond the limits of
docs/errors.md. Whether a patch applies is decided by the state, later.

Raises MH008 (bad state delta), MH017 (value too large).$comment$;

commit;

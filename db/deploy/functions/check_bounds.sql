-- Deploy hypermind:functions/check_bounds to pg
-- requires: functions/refuse
-- requires: functions/json_text_bounded
-- requires: functions/json_depth_ok

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_bounds(p_argument text, p_value jsonb)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if not hypermind_private.json_text_bounded(p_value) then
        perform hypermind_private.refuse(
            'MH017',
            format('%s is too large: its text may have 16 MiB, its numbers must be below 1e400 and have at most 400 decimals',
                   p_argument),
            jsonb_build_object('argument', p_argument, 'max_bytes', 16777216, 'max_magnitude', '1e400', 'max_scale', 400),
            'Keep large content as an artifact and record a pointer to it.');
    end if;
    if not hypermind_private.json_depth_ok(p_value) then
        perform hypermind_private.refuse(
            'MH017',
            format('%s is nested deeper than 100 levels', p_argument),
            jsonb_build_object('argument', p_argument, 'max_depth', 100),
            'Flatten it, or keep it as text.');
    end if;
end
$function$;

comment on function hypermind_private.check_bounds(text, jsonb) is
$comment$Refuses JSON whose text form, numbers or nesting are beyond the limits of docs/errors.md; NULL passes.

Numbers are looked at before any text is made of them: 9 KB of 1e131071 would become 131 MB.

Raises MH017 (value too large).$comment$;

commit;

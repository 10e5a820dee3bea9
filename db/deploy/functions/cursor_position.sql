-- Deploy hypermind:functions/cursor_position to pg
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.cursor_position(p_query text, p_cursor text, p_form text)
    returns text[]
    language plpgsql
    stable
as $function$
declare
    v_position text[];
begin
    if p_cursor is null then
        return null;
    end if;

    -- What is longer than any cursor is not looked at: it may be megabytes.
    if length(p_cursor) <= 200 then
        v_position := regexp_match(
            p_cursor,
            '^' || p_query || ':'
            || replace(replace(p_form, 'UUID', '([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})'),
                       'NUMBER', '([0-9]{1,18})')
            || '$');
    end if;
    if v_position is null then
        perform hypermind_private.refuse_argument(
            'p_cursor', format('p_cursor is no cursor of %s()', p_query),
            'Pass the cursor of the last row of the page before, as it is, to the same function.');
    end if;

    return v_position;
end
$function$;

comment on function hypermind_private.cursor_position(text, text, text) is
$comment$Where a page ended: the parts of a cursor, which is the name of its query, a colon, and the position. NULL without a
cursor.

p_form: what the position looks like, such as UUID:NUMBER. The parts can be cast to uuid and bigint without fear.

Raises MH016 (invalid argument).$comment$;

commit;

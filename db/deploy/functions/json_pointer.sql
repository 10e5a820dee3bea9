-- Deploy hypermind:functions/json_pointer to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.json_pointer(p_pointer text)
    returns text[]
    language plpgsql
    immutable
    strict
    parallel safe
as $function$
begin
    if p_pointer <> '' and left(p_pointer, 1) <> '/' then
        raise exception 'a JSON Pointer is empty or starts with "/", unlike %', left(p_pointer, 200)
            using errcode = 'MH008',
                  detail = jsonb_build_object('pointer', left(p_pointer, 200))::text,
                  hint = 'Write the path to a value as in /messages/0/content (RFC 6901).';
    end if;
    if strpos(p_pointer, '~') = 0 then
        -- The slice drops what is left of the first "/". ("string_to_array('', '/')" has no element, so no "substr".)
        return (string_to_array(p_pointer, '/'))[2:];
    end if;
    if p_pointer ~ '~([^01]|$)' then
        raise exception 'a "~" in a JSON Pointer is followed by 0 or 1, unlike in %', left(p_pointer, 200)
            using errcode = 'MH008',
                  detail = jsonb_build_object('pointer', left(p_pointer, 200))::text,
                  hint = 'Write "~" in a key as "~0" and "/" as "~1" (RFC 6901).';
    end if;
    return (
        select array_agg(replace(replace(t.token, '~1', '/'), '~0', '~') order by t.position)
        from unnest((string_to_array(p_pointer, '/'))[2:]) with ordinality as t(token, position)
    );
end
$function$;

comment on function hypermind_private.json_pointer(text) is
$comment$The tokens of a JSON Pointer (RFC 6901), unescaped: '/a~1b/0' gives {a/b,0}, '' gives {}.

Raises MH008 (it neither is empty nor starts with "/", or a "~" is not followed by 0 or 1).$comment$;

commit;

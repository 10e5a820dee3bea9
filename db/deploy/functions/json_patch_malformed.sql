-- Deploy hypermind:functions/json_patch_malformed to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.json_patch_malformed(p_operation jsonb)
    returns text
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    -- What is no string has a text that is neither an operation's name nor a pointer, and needs no look at its type.
    v_op   constant text := p_operation ->> 'op';
    v_path constant text := p_operation ->> 'path';
    v_from constant text := p_operation ->> 'from';
begin
    if v_op in ('add', 'replace', 'test') then
        if p_operation -> 'value' is null then
            return 'it has no value';
        end if;
    elsif v_op in ('move', 'copy') then
        if v_from is null then
            return 'it has no from';
        elsif v_from <> '' and (left(v_from, 1) <> '/' or v_from ~ '~([^01]|$)') then
            return 'its from is not a JSON Pointer';
        end if;
    elsif v_op = 'remove' then
        null;
    elsif jsonb_typeof(p_operation) <> 'object' then
        return 'it is not an object';
    elsif v_op is null then
        return 'it has no op';
    else
        return 'its op is none of add, remove, replace, move, copy, test';
    end if;

    if v_path is null then
        return 'it has no path';
    elsif v_path <> '' and (left(v_path, 1) <> '/' or v_path ~ '~([^01]|$)') then
        return 'its path is not a JSON Pointer';
    end if;
    return null;
end
$function$;

comment on function hypermind_private.json_patch_malformed(jsonb) is
$comment$Why the value is not an operation of a JSON Patch (RFC 6902, section 4), as the end of a sentence.

NULL: it is one. Members that the operation does not define are ignored, as the RFC says.$comment$;

commit;

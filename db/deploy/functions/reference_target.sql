-- Deploy hypermind:functions/reference_target to pg
-- requires: functions/schema_locations

begin;

set local role hypermind_owner;

create or replace function hypermind_private.reference_target(p_ref text, p_rules text[], p_anchors jsonb)
    returns text
    language plpgsql
    immutable
as $function$
declare
    v_fragment text := substr(p_ref, 2);
begin
    if strpos(v_fragment, '%') > 0 then
        if v_fragment ~ '%([^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)' then
            return null;
        end if;
        -- Percent-encoded bytes of UTF-8 (RFC 3986, section 2.1).
        select convert_from(string_agg(case when left(p.part, 1) = '%' and length(p.part) = 3 then decode(substr(p.part, 2), 'hex')
                                            else convert_to(p.part, 'UTF8') end, '' order by p.number), 'UTF8')
        into v_fragment
        from regexp_matches(v_fragment, '%[0-9A-Fa-f]{2}|[^%]+', 'g') with ordinality as m (parts, number)
        cross join lateral (select m.parts[1] as part, m.number) as p;
    end if;

    if v_fragment = any (p_rules) then
        return v_fragment;
    end if;
    return p_anchors ->> v_fragment;
exception
    when character_not_in_repertoire then
        return null;
end
$function$;

comment on function hypermind_private.reference_target(text, text[], jsonb) is
$comment$The place in the schema that a local $ref means: #, a JSON Pointer in a URI fragment (RFC 6901, section 6), or an $anchor.
NULL when there is no schema.

p_rules: the pointers to all schemas. p_anchors: the pointer for each anchor.$comment$;

commit;

-- Deploy hypermind:functions/keyword_problem to pg
-- requires: functions/ecma_regex

begin;

set local role hypermind_owner;

create or replace function hypermind_private.keyword_problem(p_keyword text, p_argument jsonb)
    returns text
    language plpgsql
    immutable
as $function$
declare
    v_type  constant text   := jsonb_typeof(p_argument);
    v_types constant text[] := '{"null", boolean, object, array, number, string, integer}';
begin
    case
        when p_keyword in ('additionalProperties', 'contains', 'else', 'if', 'items', 'not', 'propertyNames', 'then',
                           'unevaluatedItems', 'unevaluatedProperties') then
            return case when v_type not in ('object', 'boolean') then 'it must be a schema: an object, true or false' end;

        when p_keyword in ('allOf', 'anyOf', 'oneOf', 'prefixItems') then
            return case when v_type <> 'array' or p_argument = '[]' then 'it must be an array of at least one schema' end;

        when p_keyword in ('$defs', 'definitions', 'dependentSchemas', 'properties') then
            return case when v_type <> 'object' then 'it must be an object of schemas' end;

        when p_keyword = 'patternProperties' then
            return case when v_type <> 'object' then 'it must be an object of schemas'
                        else (select format('the regular expression %s %s', to_jsonb(left(k.pattern, 100)), r.problem)
                              from jsonb_object_keys(p_argument) as k (pattern)
                              cross join lateral hypermind_private.ecma_regex(k.pattern) as r
                              where r.problem is not null
                              limit 1) end;

        when p_keyword = 'pattern' then
            return case when v_type <> 'string' then 'it must be a string'
                        else (select 'the regular expression ' || r.problem
                              from hypermind_private.ecma_regex(p_argument #>> '{}') as r
                              where r.problem is not null) end;

        when p_keyword = 'type' then
            return case when v_type = 'string' then
                             case when p_argument #>> '{}' <> all (v_types)
                                  then format('there is no type %s', left(p_argument::text, 100)) end
                        when v_type <> 'array' or p_argument = '[]'
                             or exists (select from jsonb_array_elements(p_argument) as t (name)
                                        where jsonb_typeof(t.name) <> 'string' or t.name #>> '{}' <> all (v_types))
                             or (select count(distinct t.name) <> count(*) from jsonb_array_elements(p_argument) as t (name))
                        then 'it must be the name of a type or an array of different ones' end;

        when p_keyword in ('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum') then
            return case when v_type <> 'number' then 'it must be a number' end;

        when p_keyword = 'multipleOf' then
            return case when v_type <> 'number' or p_argument <= '0' then 'it must be a number above 0' end;

        when p_keyword in ('minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties', 'minContains',
                           'maxContains') then
            return case when v_type <> 'number' or p_argument < '0' or p_argument > '2147483647'
                             or p_argument::numeric % 1 <> 0
                        then 'it must be a whole number from 0 to 2147483647' end;

        when p_keyword = 'required' then
            return case when not hypermind_private.is_set_of_names(p_argument) then 'it must be an array of different strings' end;

        when p_keyword = 'dependentRequired' then
            return case when v_type <> 'object'
                             or exists (select from jsonb_each(p_argument) as m (name, names)
                                        where not hypermind_private.is_set_of_names(m.names))
                        then 'it must be an object of arrays of different strings' end;

        when p_keyword in ('enum', 'examples') then
            return case when v_type <> 'array' then 'it must be an array' end;

        when p_keyword in ('uniqueItems', 'deprecated', 'readOnly', 'writeOnly') then
            return case when v_type <> 'boolean' then 'it must be true or false' end;

        when p_keyword in ('title', 'description', '$comment', 'format', 'contentEncoding', 'contentMediaType') then
            return case when v_type <> 'string' then 'it must be a string' end;

        when p_keyword = 'contentSchema' then
            return case when v_type not in ('object', 'boolean') then 'it must be a schema: an object, true or false' end;

        when p_keyword in ('$anchor', '$dynamicAnchor') then
            return case when v_type <> 'string' or p_argument #>> '{}' !~ '^[A-Za-z_][-A-Za-z0-9._]*$'
                        then 'it must be a name of letters, digits, "-", "_" and "."' end;

        when p_keyword = '$id' then
            return case when v_type <> 'string' or p_argument #>> '{}' !~ '^[^#]*#?$'
                        then 'it must be a URI without a fragment' end;

        when p_keyword = '$schema' then
            return case when p_argument not in ('"https://json-schema.org/draft/2020-12/schema"',
                                                '"https://json-schema.org/draft/2020-12/schema#"')
                        then 'only draft 2020-12 is understood: https://json-schema.org/draft/2020-12/schema' end;

        when p_keyword = '$ref' then
            return case when v_type <> 'string' then 'it must be a string'
                        when left(p_argument #>> '{}', 1) <> '#'
                        then 'only references within the schema can be followed: #, #/$defs/name or #anchor' end;

        when p_keyword in ('$dynamicRef', '$recursiveRef') then
            return 'what it refers to depends on who refers to it: use $ref';

        when p_keyword = '$vocabulary' then
            return case when v_type <> 'object' then 'it must be an object' end;

        else
            return null;
    end case;
end
$function$;

comment on function hypermind_private.keyword_problem(text, jsonb) is
$comment$Why a keyword of JSON Schema (draft 2020-12) may not have this argument: it is malformed, or cannot be decided exactly.
NULL when it may, and for unknown keywords, which the standard reads as annotations.$comment$;

commit;

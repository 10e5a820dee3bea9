-- Deploy hypermind:functions/keyword_message to pg
-- requires: functions/type_matches

begin;

set local role hypermind_owner;

create or replace function hypermind_private.keyword_message(p_keyword text, p_argument jsonb, p_value jsonb, p_type text)
    returns text
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_names text;
begin
    case p_keyword
        when 'type' then
            return case when not hypermind_private.type_matches(p_argument, p_value) then
                format('must be %s, not %s',
                       (select string_agg(t.name, ' or ') from jsonb_array_elements_text(p_argument) as t (name)), p_type)
            end;
        when 'const' then
            return case when p_value <> p_argument then format('must be %s', left(p_argument::text, 200)) end;
        when 'enum' then
            return case when not exists (select from jsonb_array_elements(p_argument) as e (value) where e.value = p_value)
                        then format('must be one of %s', left(p_argument::text, 500)) end;
        else
    end case;

    if p_type = 'string' then
        case p_keyword
            when 'minLength' then
                return case when length(p_value #>> '{}') < p_argument::int
                            then format('must have at least %s characters, not %s', p_argument, length(p_value #>> '{}')) end;
            when 'maxLength' then
                return case when length(p_value #>> '{}') > p_argument::int
                            then format('must have at most %s characters, not %s', p_argument, length(p_value #>> '{}')) end;
            when 'pattern' then
                return case when p_value #>> '{}' !~ (p_argument #>> '{}') then 'must match the pattern' end;
            else
        end case;
    elsif p_type = 'number' then
        case p_keyword
            when 'minimum' then
                return case when p_value < p_argument then format('must be at least %s', p_argument) end;
            when 'maximum' then
                return case when p_value > p_argument then format('must be at most %s', p_argument) end;
            when 'exclusiveMinimum' then
                return case when p_value <= p_argument then format('must be above %s', p_argument) end;
            when 'exclusiveMaximum' then
                return case when p_value >= p_argument then format('must be below %s', p_argument) end;
            when 'multipleOf' then
                return case when p_value::numeric % p_argument::numeric <> 0 then format('must be a multiple of %s', p_argument) end;
            else
        end case;
    elsif p_type = 'array' then
        case p_keyword
            when 'minItems' then
                return case when jsonb_array_length(p_value) < p_argument::int
                            then format('must have at least %s items, not %s', p_argument, jsonb_array_length(p_value)) end;
            when 'maxItems' then
                return case when jsonb_array_length(p_value) > p_argument::int
                            then format('must have at most %s items, not %s', p_argument, jsonb_array_length(p_value)) end;
            when 'uniqueItems' then
                return case when p_argument = 'true'
                                 and (select count(distinct e.value) <> count(*) from jsonb_array_elements(p_value) as e (value))
                            then 'must have no item twice' end;
            else
        end case;
    elsif p_type = 'object' then
        case p_keyword
            when 'minProperties' then
                return case when (select count(*) from jsonb_object_keys(p_value)) < p_argument::int
                            then format('must have at least %s members', p_argument) end;
            when 'maxProperties' then
                return case when (select count(*) from jsonb_object_keys(p_value)) > p_argument::int
                            then format('must have at most %s members', p_argument) end;
            when 'required' then
                select string_agg(r.name, ', ') into v_names
                from jsonb_array_elements_text(p_argument) as r (name)
                where not p_value ? r.name;
                return 'must have the members ' || left(v_names, 1000);
            when 'dependentRequired' then
                select string_agg(distinct r.name, ', ') into v_names
                from jsonb_each(p_argument) as d (name, names)
                cross join lateral jsonb_array_elements_text(d.names) as r (name)
                where p_value ? d.name and not p_value ? r.name;
                return 'must also have the members ' || left(v_names, 1000);
            else
        end case;
    end if;

    return null;
end
$function$;

comment on function hypermind_private.keyword_message(text, jsonb, jsonb, text) is
$comment$How a value breaks one assertion of JSON Schema, in words that name no part of the value but sizes; NULL when it does
not, and for keywords that are no assertions. The terms of equality are jsonb's: 1 is 1.0, and true is not 1.

p_argument: as in normal_node(). p_type: jsonb_typeof(p_value).$comment$;

commit;

-- Deploy hypermind:functions/assertion_predicate to pg
-- requires: functions/all_of
-- requires: functions/any_of

begin;

set local role hypermind_owner;

create or replace function hypermind_private.assertion_predicate(p_keyword text, p_node jsonb, p_path text)
    returns text
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_argument constant jsonb := p_node -> p_keyword;
    v_type     constant text  := p_path || '.type() == ';
begin
    case p_keyword
        when 'type' then
            return (
                select hypermind_private.any_of(variadic array_agg(
                    case t.name when 'integer' then format('%s"number" && %s %% 1 == 0', v_type, p_path)
                                else v_type || to_jsonb(t.name) end))
                from jsonb_array_elements_text(v_argument) as t (name));
        when 'const', 'enum' then
            -- Objects and arrays are left to the evaluator: jsonpath cannot compare them.
            return (
                select hypermind_private.any_of(variadic array_agg(k.predicate))
                from (
                    select v_type || to_jsonb(jsonb_typeof(e.value))
                           || case when jsonb_typeof(e.value) = 'null' then ''
                                   else ' && (' || string_agg(format('%s == %s', p_path, e.value), ' || ') || ')' end as predicate
                    from jsonb_array_elements(
                        case p_keyword when 'const' then jsonb_build_array(v_argument) else v_argument end) as e (value)
                    where jsonb_typeof(e.value) not in ('object', 'array')
                    group by jsonb_typeof(e.value)
                ) as k);
        when 'minimum' then
            return format('%s >= %s', p_path, v_argument);
        when 'maximum' then
            return format('%s <= %s', p_path, v_argument);
        when 'exclusiveMinimum' then
            return format('%s > %s', p_path, v_argument);
        when 'exclusiveMaximum' then
            return format('%s < %s', p_path, v_argument);
        when 'multipleOf' then
            return format('%s %% %s == 0', p_path, v_argument);
        when 'minLength' then
            -- PostgreSQL does not walk the string for ".{n}" alone: 0.3 us, where "^.{0,n}$" takes 30.
            return case when v_argument = '0' then ''
                        when v_argument <= '255' then format('%s like_regex ".{%s}" flag "s"', p_path, v_argument::integer) end;
        when 'maxLength' then
            return case when v_argument <= '254'
                        then format('!(%s like_regex ".{%s}" flag "s")', p_path, v_argument::integer + 1) end;
        when 'pattern' then
            return format('%s like_regex %s flag "s"', p_path, v_argument);
        when 'minItems' then
            return format('%s.size() >= %s', p_path, v_argument);
        when 'maxItems' then
            return format('%s.size() <= %s', p_path, v_argument);
        when 'minProperties' then
            return case when v_argument = '0' then ''
                        when v_argument = '1' then format('exists(%s.keyvalue())', p_path) end;
        when 'maxProperties' then
            return case when v_argument = '0' then format('!exists(%s.keyvalue())', p_path) end;
        when 'required' then
            return (
                select hypermind_private.all_of(variadic array_agg(format('!((%s.%s.type() == "") is unknown)', p_path, r.name)))
                from jsonb_array_elements(v_argument) as r (name));
        else
            return null;
    end case;
end
$function$;

comment on function hypermind_private.assertion_predicate(text, jsonb, text) is
$comment$One assertion of JSON Schema as a strict jsonpath predicate on p_path, exact and two-valued where the value is of the
type that the keyword is about (but const and enum, which leave out objects and arrays). '' is always true, NULL cannot be said in
jsonpath.$comment$;

commit;

-- Deploy hypermind:functions/keyword_predicates to pg
-- requires: functions/assertion_predicate
-- requires: functions/none_of

begin;

set local role hypermind_owner;

create or replace function hypermind_private.keyword_predicates(p_node jsonb, p_path text, p_accept boolean)
    returns setof text
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_only      constant text := case when jsonb_array_length(p_node -> 'type') = 1
                                      then replace(p_node -> 'type' ->> 0, 'integer', 'number') end;
    v_keyword   record;
    v_predicate text;
    v_other     text;
begin
    for v_keyword in
        select k.keyword, k.about
        from (values ('type', null), ('const', null), ('enum', null),
                     ('minimum', 'number'), ('maximum', 'number'), ('exclusiveMinimum', 'number'), ('exclusiveMaximum', 'number'),
                     ('multipleOf', 'number'),
                     ('minLength', 'string'), ('maxLength', 'string'), ('pattern', 'string'),
                     ('minItems', 'array'), ('maxItems', 'array'), ('uniqueItems', 'array'),
                     ('minProperties', 'object'), ('maxProperties', 'object'), ('required', 'object')) as k (keyword, about)
        where p_node ? k.keyword
          and not (k.keyword = 'uniqueItems' and p_node -> 'uniqueItems' = 'false')
    loop
        -- Of a value of another type, a keyword says nothing.
        if v_keyword.about is null or v_only = v_keyword.about then
            v_other := null;
        elsif v_only is null then
            v_other := format('%s.type() != "%s"', p_path, v_keyword.about);
        else
            return next case when p_accept then '' end;
            continue;
        end if;

        if v_keyword.keyword = 'uniqueItems' then
            v_predicate := case when p_accept then format('%s.size() <= 1', p_path) end;
        elsif v_keyword.keyword = 'maxLength' and p_node -> 'maxLength' > '254' then
            -- No string is longer than the value that it is in, whose size in bytes is passed in.
            v_predicate := case when p_accept then format(
                '($bytes <= %s || !(%s like_regex ".{255}" flag "s"))', (p_node -> 'maxLength')::integer, p_path) end;
        else
            v_predicate := hypermind_private.assertion_predicate(v_keyword.keyword, p_node, p_path);
        end if;

        if p_accept then
            return next case when v_predicate = '' then ''
                             when v_predicate is null then v_other
                             else hypermind_private.any_of(v_other, v_predicate) end;
        elsif v_keyword.keyword in ('const', 'enum') then
            return next hypermind_private.all_of(
                format('%s.type() != "object" && %s.type() != "array"', p_path, p_path),
                coalesce(hypermind_private.none_of(v_predicate), ''));
        else
            return next hypermind_private.all_of(
                case when v_keyword.about is null then '' else format('%s.type() == "%s"', p_path, v_keyword.about) end,
                hypermind_private.none_of(v_predicate));
        end if;
    end loop;
end
$function$;

comment on function hypermind_private.keyword_predicates(jsonb, text, boolean) is
$comment$A predicate for each assertion of a node of a program: true only if p_path meets it (p_accept) or only if it breaks it (not
p_accept). '' is always true, NULL is never known to be.$comment$;

commit;

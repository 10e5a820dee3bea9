-- Deploy hypermind:functions/node_predicate to pg
-- requires: functions/keyword_predicates

begin;

set local role hypermind_owner;

create or replace function hypermind_private.node_predicate(
    p_program jsonb, p_rule text, p_path text, p_accept boolean, p_seen text[]
)
    returns text
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_node    constant jsonb   := p_program -> p_rule;
    v_seen    constant text[]  := p_seen || p_rule;
    v_parts   text[];
    v_choices text[];
    v_others  text[];
    v_part    record;
    v_text    text;
    v_missing text;
    v_fixed   constant integer := coalesce(jsonb_array_length(p_program -> p_rule -> 'prefixItems'), 0);
begin
    if p_rule = any (p_seen) then
        return null;  -- a recursive schema: where it applies once more, jsonpath ends
    end if;
    if jsonb_typeof(v_node) = 'boolean' then
        return case when (v_node = 'true') = p_accept then '' end;
    end if;

    v_parts := array(select k.predicate
                     from hypermind_private.keyword_predicates(v_node, p_path, p_accept) as k (predicate));

    if v_node ? '$ref' then
        v_parts := v_parts || hypermind_private.node_predicate(p_program, v_node ->> '$ref', p_path, p_accept, v_seen);
    end if;
    for v_part in select a.rule from jsonb_array_elements_text(v_node -> 'allOf') as a (rule) loop
        v_parts := v_parts || hypermind_private.node_predicate(p_program, v_part.rule, p_path, p_accept, v_seen);
    end loop;

    -- A path that does not exist makes a strict comparison unknown: that is how absence is seen.
    for v_part in
        select p.name, p.rule, format('%s.%s', p_path, to_jsonb(p.name)) as path
        from jsonb_each_text(v_node -> 'properties') as p (name, rule)
    loop
        v_text := hypermind_private.node_predicate(p_program, v_part.rule, v_part.path, p_accept, v_seen);
        v_missing := format('(%s.type() == "") is unknown', v_part.path);
        v_parts := v_parts || case when p_accept then hypermind_private.any_of(v_missing, v_text)
                                   else hypermind_private.all_of(format('!(%s)', v_missing), v_text) end;
    end loop;

    for v_part in
        select format('(%s.%s.type() == "") is unknown', p_path, to_jsonb(d.name)) as missing,
               (select hypermind_private.all_of(variadic array_agg(format('!((%s.%s.type() == "") is unknown)', p_path, r.name)))
                from jsonb_array_elements(d.names) as r (name)) as others
        from jsonb_each(v_node -> 'dependentRequired') as d (name, names)
    loop
        v_parts := v_parts || case when p_accept then hypermind_private.any_of(v_part.missing, v_part.others)
                                   else hypermind_private.all_of(
                                       format('!(%s)', v_part.missing), hypermind_private.none_of(v_part.others)) end;
    end loop;

    for v_part in
        select format('(%s.%s.type() == "") is unknown', p_path, to_jsonb(d.name)) as missing, d.rule
        from jsonb_each_text(v_node -> 'dependentSchemas') as d (name, rule)
    loop
        v_text := hypermind_private.node_predicate(p_program, v_part.rule, p_path, p_accept, v_seen);
        v_parts := v_parts || case when p_accept then hypermind_private.any_of(v_part.missing, v_text)
                                   else hypermind_private.all_of(format('!(%s)', v_part.missing), v_text) end;
    end loop;

    if v_node ? 'anyOf' then
        select array_agg(hypermind_private.node_predicate(p_program, a.rule, p_path, p_accept, v_seen)) into v_choices
        from jsonb_array_elements_text(v_node -> 'anyOf') as a (rule);
        v_parts := v_parts || case when p_accept then hypermind_private.any_of(variadic v_choices)
                                   else hypermind_private.all_of(variadic v_choices) end;
    end if;

    if v_node ? 'oneOf' then
        -- Exactly one accepts, the others reject. That none accepts, or two do, is left to the evaluator.
        v_text := null;
        if p_accept and jsonb_array_length(v_node -> 'oneOf') <= 8 then
            select array_agg(hypermind_private.node_predicate(p_program, o.rule, p_path, true, v_seen)),
                   array_agg(hypermind_private.node_predicate(p_program, o.rule, p_path, false, v_seen))
            into v_choices, v_others
            from jsonb_array_elements_text(v_node -> 'oneOf') as o (rule);

            select hypermind_private.any_of(variadic array_agg(
                       hypermind_private.all_of(variadic v_others[:n - 1] || v_choices[n] || v_others[n + 1:])))
            into v_text
            from generate_series(1, cardinality(v_choices)) as n;
        end if;
        v_parts := v_parts || v_text;
    end if;

    if v_node ? 'not' then
        v_parts := v_parts || hypermind_private.node_predicate(p_program, v_node ->> 'not', p_path, not p_accept, v_seen);
    end if;

    if v_node ? 'if' and v_node ?| '{then,else}' then
        v_parts := v_parts || hypermind_private.any_of(
            hypermind_private.all_of(
                hypermind_private.node_predicate(p_program, v_node ->> 'if', p_path, true, v_seen),
                case when v_node ? 'then' then hypermind_private.node_predicate(
                                                   p_program, v_node ->> 'then', p_path, p_accept, v_seen)
                     when p_accept then '' end),
            hypermind_private.all_of(
                hypermind_private.node_predicate(p_program, v_node ->> 'if', p_path, false, v_seen),
                case when v_node ? 'else' then hypermind_private.node_predicate(
                                                   p_program, v_node ->> 'else', p_path, p_accept, v_seen)
                     when p_accept then '' end));
    end if;

    -- What follows is about arrays and members by pattern: only acceptance is worth a predicate.
    if not p_accept then
        v_text := hypermind_private.any_of(variadic v_parts);
        return v_text;
    end if;

    for v_part in
        select format('%s[%s]', p_path, p.number - 1) as path, p.rule, p.number
        from jsonb_array_elements_text(v_node -> 'prefixItems') with ordinality as p (rule, number)
    loop
        v_text := hypermind_private.node_predicate(p_program, v_part.rule, v_part.path, true, v_seen);
        v_parts := v_parts || hypermind_private.any_of(
            format('%s.type() != "array"', p_path), format('%s.size() < %s', p_path, v_part.number), v_text);
    end loop;
    if v_node ? 'items' then
        v_text := hypermind_private.node_predicate(p_program, v_node ->> 'items', '@', true, v_seen);
        v_parts := v_parts || hypermind_private.any_of(
            format('%s.type() != "array"', p_path), format('%s.size() <= %s', p_path, v_fixed),
            case when v_text = '' then ''
                 when v_text is not null then format(
                     '!exists(%s[%s] ? (!(%s)))', p_path, case when v_fixed = 0 then '*' else v_fixed || ' to last' end, v_text)
            end);
    end if;
    if v_node ? 'contains' and (v_node ? 'maxContains' or v_node -> 'minContains' is distinct from '0') then
        v_text := case when not v_node ?| '{minContains,maxContains}'
                       then hypermind_private.node_predicate(p_program, v_node ->> 'contains', '@', true, v_seen) end;
        v_parts := v_parts || hypermind_private.any_of(
            format('%s.type() != "array"', p_path),
            case when v_text = '' then format('%s.size() > 0', p_path)
                 when v_text is not null then format('exists(%s[*] ? (%s))', p_path, v_text) end);
    end if;

    if v_node ? 'propertyNames' then
        v_text := hypermind_private.node_predicate(p_program, v_node ->> 'propertyNames', '@.key', true, v_seen);
        v_parts := v_parts || hypermind_private.members_predicate(p_path, '', v_text);
    end if;
    for v_part in select r.pair from jsonb_array_elements(v_node -> 'patternProperties') as r (pair) loop
        v_text := hypermind_private.node_predicate(p_program, v_part.pair ->> 1, '@.value', true, v_seen);
        v_parts := v_parts || hypermind_private.members_predicate(
            p_path, format('@.key like_regex %s flag "s"', v_part.pair -> 0), v_text);
    end loop;
    if v_node ? 'additionalProperties' and hypermind_private.closed_members(p_program, p_rule) is null then
        v_text := hypermind_private.node_predicate(p_program, v_node ->> 'additionalProperties', '@.value', true, v_seen);
        v_parts := v_parts || hypermind_private.members_predicate(
            p_path,
            (select coalesce(string_agg(n.condition, ' && '), '')
             from (select format('@.key != %s', to_jsonb(k.name)) as condition
                   from jsonb_object_keys(v_node -> 'properties') as k (name)
                   union all
                   select format('!(@.key like_regex %s flag "s")', r.pair -> 0)
                   from jsonb_array_elements(v_node -> 'patternProperties') as r (pair)) as n),
            v_text);
    end if;
    if v_node ? 'unevaluatedProperties' then
        v_parts := v_parts || format('%s.type() != "object"', p_path);
    end if;
    if v_node ? 'unevaluatedItems' then
        v_parts := v_parts || format('%s.type() != "array"', p_path);
    end if;

    v_text := hypermind_private.all_of(variadic v_parts);
    return v_text;
end
$function$;

comment on function hypermind_private.node_predicate(jsonb, text, text, boolean, text[]) is
$comment$A schema of a program as a strict jsonpath predicate on p_path, two-valued: true only if the value meets it (p_accept),
or only if it breaks it (not p_accept). '' is always true; NULL is never known to be, which leaves the value to the evaluator.

p_seen: the schemas on the way, so that a recursive one ends.$comment$;

commit;

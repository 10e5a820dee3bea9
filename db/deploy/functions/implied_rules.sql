-- Deploy hypermind:functions/implied_rules to pg
-- requires: functions/member_rules
-- requires: functions/element_rules
-- requires: functions/same_rules
-- requires: functions/node_accepts
-- requires: functions/pointer_token
-- requires: functions/mentions_member

begin;

set local role hypermind_owner;

create or replace function hypermind_private.implied_rules(
    p_old jsonb, p_rules text[], p_types text[], p_new jsonb, p_rule text
)
    returns table (old_rules text[], types text[], new_rule text, in_place boolean, pointer text, problem text)
    language plpgsql
    volatile
as $function$
declare
    v_new      constant jsonb := p_new -> p_rule;
    v_declared text[];
    v_most     int;     -- elements of an array
    v_prefix   constant int := coalesce(jsonb_array_length(p_new -> p_rule -> 'prefixItems'), 0);
    v_longest  int;     -- old prefix
    v_rest     text;    -- the old schema of members that are not declared, and the one that it stands in
    v_other    text;
    v_name     text;
    v_pair     jsonb;
    v_found    text[];
begin
    -- What is decided first.
    if v_new ? 'not' and not exists (
        select from unnest(p_rules) as r (rule)
        where p_old -> r.rule ? 'not'
          and hypermind_private.same_rules(p_old, p_new, p_old -> r.rule ->> 'not', v_new ->> 'not')) then
        return query select null::text[], null::text[], null::text, false, p_rule || '/not',
                            'what is excluded is new or has changed';
    end if;
    if v_new ? 'oneOf' and not exists (
        select from unnest(p_rules) as r (rule)
        where jsonb_array_length(p_old -> r.rule -> 'oneOf') = jsonb_array_length(v_new -> 'oneOf')
          and not exists (select from generate_series(0, jsonb_array_length(v_new -> 'oneOf') - 1) as n
                          where not hypermind_private.same_rules(
                              p_old, p_new, p_old -> r.rule -> 'oneOf' ->> n, v_new -> 'oneOf' ->> n))) then
        return query select null::text[], null::text[], null::text, false, p_rule || '/oneOf',
                            'the alternatives of which one must hold are new or have changed';
    end if;
    if v_new ? 'if' and v_new ?| '{then, else}' then
        select r.rule into v_other
        from unnest(p_rules) as r (rule)
        where p_old -> r.rule ? 'if'
          and hypermind_private.same_rules(p_old, p_new, p_old -> r.rule ->> 'if', v_new ->> 'if')
        limit 1;
        return query
        select p_rules || array_remove(array[b.old_rule, case b.keyword when 'then' then p_old -> v_other ->> 'if' end], null),
               p_types, v_new ->> b.keyword, true, p_rule || '/' || b.keyword, 'nothing is allowed in this case now'
        from (values ('then', p_old -> v_other ->> 'then'), ('else', p_old -> v_other ->> 'else')) as b (keyword, old_rule)
        where v_new ? b.keyword;
    end if;
    return query
    select null::text[], null::text[], null::text, false, p_rule || '/' || k.keyword,
           format('%s is new, or what it depends on has changed', k.keyword)
    from (values ('unevaluatedProperties', 'object'), ('unevaluatedItems', 'array')) as k (keyword, type)
    where k.type = any (p_types) and p_new -> (v_new ->> k.keyword) not in ('true', '{}');

    -- Members.
    if 'object' = any (p_types) then
        select coalesce(array_agg(distinct k.name), '{}') into v_declared
        from unnest(p_rules) as r (rule)
        cross join lateral jsonb_object_keys(p_old -> r.rule -> 'properties') as k (name);
        select r.rule, p_old -> r.rule ->> 'additionalProperties' into v_other, v_rest
        from unnest(p_rules) as r (rule)
        where p_old -> r.rule ? 'additionalProperties'
        order by p_old -> (p_old -> r.rule ->> 'additionalProperties') = 'false' desc, r.rule collate "C"
        limit 1;

        -- A member that no alternative knew may be declared: it is optional.
        return query
        select m.rules, null::text[], p.rule, false, p.rule, format('%s is no longer allowed', p.name)
        from jsonb_each_text(v_new -> 'properties') as p (name, rule)
        cross join lateral (select hypermind_private.member_rules(p_old, p_rules, p.name)) as m (rules)
        where m.rules <> '{}' or hypermind_private.mentions_member(p_old, p_rules, p.name);

        for v_pair in select e.pair from jsonb_array_elements(v_new -> 'patternProperties') as e (pair) loop
            v_found := array(
                select e.pair ->> 1
                from unnest(p_rules) as r (rule)
                cross join lateral jsonb_array_elements(p_old -> r.rule -> 'patternProperties') as e (pair)
                where e.pair -> 0 = v_pair -> 0);
            if v_found <> '{}' then
                return query select v_found, null::text[], v_pair ->> 1, false, v_pair ->> 1,
                                    'members with such a name are no longer allowed';
            else
                return query
                select hypermind_private.member_rules(p_old, p_rules, d.name), null::text[], v_pair ->> 1, false, v_pair ->> 1,
                       format('%s is no longer allowed', d.name)
                from unnest(v_declared) as d (name)
                where d.name ~ (v_pair ->> 0);
                return query select case when not p_old -> v_other ? 'patternProperties' then array[v_rest] else '{}' end,
                                    null::text[], v_pair ->> 1, false, v_pair ->> 1,
                                    'members with such a name are no longer allowed';
            end if;
        end loop;

        if v_new ? 'additionalProperties' then
            return query
            select hypermind_private.member_rules(p_old, p_rules, d.name), null::text[], v_new ->> 'additionalProperties', false,
                   (select min(p_old -> r.rule -> 'properties' ->> d.name) from unnest(p_rules) as r (rule)),
                   format('%s is no longer allowed', d.name)
            from unnest(v_declared) as d (name)
            where not coalesce(v_new -> 'properties' ? d.name, false)
              and not exists (select from jsonb_array_elements(v_new -> 'patternProperties') as e (pair)
                              where d.name ~ (e.pair ->> 0));
            return query
            select array[o.pair ->> 1], null::text[], v_new ->> 'additionalProperties', false, o.pair ->> 1,
                   'members with such a name are no longer allowed'
            from jsonb_array_elements(p_old -> v_other -> 'patternProperties') as o (pair)
            where not exists (select from jsonb_array_elements(v_new -> 'patternProperties') as n (pair)
                              where n.pair -> 0 = o.pair -> 0);
            return query select array_remove(array[v_rest], null), null::text[], v_new ->> 'additionalProperties', false,
                                v_new ->> 'additionalProperties', 'members that are not declared are no longer allowed';
        end if;

        if v_new ? 'propertyNames' then
            v_found := array(select p_old -> r.rule ->> 'propertyNames'
                             from unnest(p_rules) as r (rule)
                             where p_old -> r.rule ? 'propertyNames');
            if v_found = '{}' and p_old -> v_rest = 'false' and not p_old -> v_other ? 'patternProperties' then
                for v_name in
                    select k.name from jsonb_each_text(p_old -> v_other -> 'properties') as k (name, rule)
                    where p_old -> k.rule <> 'false'
                loop
                    if not hypermind_private.node_accepts(p_new, v_new ->> 'propertyNames', to_jsonb(v_name), 0) then
                        return query select null::text[], null::text[], null::text, false, v_new ->> 'propertyNames',
                                            format('%s is no longer a name that is allowed', v_name);
                    end if;
                end loop;
            else
                return query select v_found, '{string}'::text[], v_new ->> 'propertyNames', false, v_new ->> 'propertyNames',
                                    'members are no longer allowed';
            end if;
        end if;

        return query
        select p_rules || array(select p_old -> r.rule -> 'dependentSchemas' ->> d.name
                                from unnest(p_rules) as r (rule)
                                where p_old -> r.rule -> 'dependentSchemas' ? d.name),
               p_types, d.rule, true, d.rule, format('%s is no longer allowed', d.name)
        from jsonb_each_text(v_new -> 'dependentSchemas') as d (name, rule)
        where not exists (select from unnest(hypermind_private.member_rules(p_old, p_rules, d.name)) as m (rule)
                          where p_old -> m.rule = 'false');
    end if;

    -- Elements.
    if 'array' = any (p_types) then
        select min((p_old -> r.rule ->> 'maxItems')::numeric::int), max(jsonb_array_length(p_old -> r.rule -> 'prefixItems'))
        into v_most, v_longest
        from unnest(p_rules) as r (rule);
        v_longest := greatest(v_longest, v_prefix);

        for v_at in 0 .. least(v_longest, v_most - 1) loop
            continue when v_at >= v_prefix and not v_new ? 'items';
            return query
            select hypermind_private.element_rules(p_old, p_rules, v_at), null::text[], e.rule, false, e.rule,
                   format('arrays of more than %s elements are no longer allowed', v_at)
            from (select coalesce(v_new -> 'prefixItems' ->> v_at, v_new ->> 'items')) as e (rule);
        end loop;

        if v_new ? 'contains' and coalesce((v_new ->> 'minContains')::numeric, 1) > 0 then
            v_found := array(
                select p_old -> r.rule ->> 'contains'
                from unnest(p_rules) as r (rule)
                where p_old -> r.rule ? 'contains'
                  and coalesce((p_old -> r.rule ->> 'minContains')::numeric, 1)
                      >= coalesce((v_new ->> 'minContains')::numeric, 1)
                order by hypermind_private.same_rules(
                             p_old, p_new, p_old -> r.rule ->> 'contains', v_new ->> 'contains') desc
                limit 1);
            if v_found = '{}' then
                return query select null::text[], null::text[], null::text, false, p_rule || '/contains',
                                    'arrays must contain more now';
            else
                return query select v_found, null::text[], v_new ->> 'contains', false, v_new ->> 'contains',
                                    'arrays are no longer allowed';
            end if;
        end if;
        if v_new ?& '{contains, maxContains}' and coalesce(v_most > (v_new ->> 'maxContains')::numeric, true) and not exists (
            select from unnest(p_rules) as r (rule)
            where (p_old -> r.rule ->> 'maxContains')::numeric <= (v_new ->> 'maxContains')::numeric
              and p_old -> r.rule ? 'contains'
              and hypermind_private.same_rules(p_old, p_new, p_old -> r.rule ->> 'contains', v_new ->> 'contains')) then
            return query select null::text[], null::text[], null::text, false, p_rule || '/maxContains',
                                'arrays may contain fewer of these now';
        end if;
    end if;
end
$function$;

comment on function hypermind_private.implied_rules(jsonb, text[], text[], jsonb, text) is
$comment$What must follow from the old schemas for a value, its members and its elements, so that one new schema refuses
nothing that these accept. anyOf and the keywords of keyword_breaks() are not here.

old_rules: schemas that the value, or the part of it, met. types: the types that it can have; NULL: any.
new_rule: the schema that it must therefore meet; NULL: there is nothing to show, it is a problem.
in_place: whether it is the value itself. pointer, problem: what is wrong where new_rule is false, or NULL.

p_rules, p_types: as for keyword_breaks().$comment$;

commit;

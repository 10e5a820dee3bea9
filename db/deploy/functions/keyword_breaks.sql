-- Deploy hypermind:functions/keyword_breaks to pg
-- requires: functions/possible_types
-- requires: functions/pointer_token

begin;

set local role hypermind_owner;

create or replace function hypermind_private.keyword_breaks(
    p_old jsonb, p_rules text[], p_types text[], p_new jsonb, p_rule text
)
    returns table (pointer text, problem text)
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_new       constant jsonb := p_new -> p_rule;
    v_old       jsonb;  -- the narrowest bounds
    v_required  text[];
    v_closed    int;    -- how many members there can be
    v_keyword   text;
    v_bound     numeric;
    v_was       numeric;
    v_kept      boolean;
    v_lost      text[];
begin
    select coalesce(jsonb_object_agg(b.keyword, case when b.keyword ~ '^(min|exclusiveMin)' then b.most else b.least end), '{}')
    into v_old
    from (
        select k.keyword, max(k.argument::numeric) as most, min(k.argument::numeric) as least
        from unnest(p_rules) as r (rule)
        cross join lateral (select p_old -> r.rule where jsonb_typeof(p_old -> r.rule) = 'object') as n (node)
        cross join lateral jsonb_each_text(n.node) as k (keyword, argument)
        where k.keyword ~ '^(min|max|exclusive)'
        group by k.keyword
    ) as b;

    select coalesce(array_agg(e.name), '{}') into v_required
    from unnest(p_rules) as r (rule)
    cross join lateral jsonb_array_elements_text(p_old -> r.rule -> 'required') as e (name);

    select min((select count(*) from jsonb_object_keys(coalesce(n.node -> 'properties', '{}')))) into v_closed
    from unnest(p_rules) as r (rule)
    cross join lateral (select p_old -> r.rule) as n (node)
    where p_old -> (n.node ->> 'additionalProperties') = 'false' and not n.node ? 'patternProperties';

    -- Types and listed values.
    v_lost := array(
        select t.type from unnest(p_types) as t (type)
        where t.type <> all (hypermind_private.possible_types(p_new, array[p_rule], null)));
    if v_lost <> '{}' then
        if v_lost @> '{integer, fraction}' then
            v_lost := array_append(array_remove(array_remove(v_lost, 'integer'), 'fraction'), 'number');
        end if;
        return query select p_rule || '/type',
                            'type no longer allows '
                            || replace(array_to_string(v_lost, ', '), 'fraction', 'numbers that are not whole');
    end if;
    if v_new ?| '{const, enum}' then
        return query select p_rule || case when v_new ? 'const' then '/const' else '/enum' end,
                            'only the listed values are allowed now';
    end if;

    -- Bounds.
    for v_keyword, v_bound in
        select k.keyword, k.argument::numeric
        from jsonb_each_text(v_new) as k (keyword, argument)
        where k.keyword ~ '^(minimum|maximum|exclusiveM.*)$' and p_types && '{integer, fraction}'
           or k.keyword ~ '^m(in|ax)Length$' and 'string' = any (p_types)
           or k.keyword ~ '^m(in|ax)Items$' and 'array' = any (p_types)
           or k.keyword ~ '^m(in|ax)Properties$' and 'object' = any (p_types)
    loop
        v_was := (v_old ->> v_keyword)::numeric;
        v_kept := case v_keyword
            when 'minimum' then greatest(v_was, (v_old ->> 'exclusiveMinimum')::numeric) >= v_bound
            when 'maximum' then least(v_was, (v_old ->> 'exclusiveMaximum')::numeric) <= v_bound
            when 'exclusiveMinimum' then v_was >= v_bound or (v_old ->> 'minimum')::numeric > v_bound
            when 'exclusiveMaximum' then v_was <= v_bound or (v_old ->> 'maximum')::numeric < v_bound
            when 'minProperties'
            then greatest(v_was, (select count(distinct e.name) from unnest(v_required) as e (name))) >= v_bound
            when 'maxProperties' then least(v_was, v_closed) <= v_bound
            else case when v_keyword like 'min%' then coalesce(v_was, 0) >= v_bound else v_was <= v_bound end
            end;
        if v_kept is not true then
            return query select p_rule || '/' || v_keyword,
                                format('%s is now %s, %s', v_keyword, v_bound,
                                       case when v_was is null then 'there was none' else 'it was ' || v_was end);
        end if;
    end loop;

    if v_new ? 'multipleOf' and p_types && '{integer, fraction}' then
        v_bound := (v_new ->> 'multipleOf')::numeric;
        if ('fraction' = any (p_types) or 1 % v_bound <> 0)
           and not exists (select from unnest(p_rules) as r (rule)
                           where (p_old -> r.rule ->> 'multipleOf')::numeric % v_bound = 0) then
            return query select p_rule || '/multipleOf', format('numbers must be multiples of %s now', v_bound);
        end if;
    end if;
    if v_new ? 'pattern' and 'string' = any (p_types)
       and not exists (select from unnest(p_rules) as r (rule) where p_old -> r.rule -> 'pattern' = v_new -> 'pattern') then
        return query select p_rule || '/pattern', 'the pattern is new or another one';
    end if;
    if v_new -> 'uniqueItems' = 'true' and 'array' = any (p_types)
       and coalesce((v_old ->> 'maxItems')::numeric > 1, true)
       and not exists (select from unnest(p_rules) as r (rule) where p_old -> r.rule -> 'uniqueItems' = 'true') then
        return query select p_rule || '/uniqueItems', 'elements must be unique now';
    end if;

    -- Members that must be there.
    if 'object' = any (p_types) then
        return query
        select p_rule || '/required', format('%s is now required', e.name)
        from jsonb_array_elements_text(v_new -> 'required') as e (name)
        where e.name <> all (v_required);

        return query
        select p_rule || '/dependentRequired/' || hypermind_private.pointer_token(d.name),
               format('%s is now required where %s is', e.name, d.name)
        from jsonb_each(v_new -> 'dependentRequired') as d (name, names)
        cross join lateral jsonb_array_elements_text(d.names) as e (name)
        where e.name <> all (v_required)
          and e.name <> d.name
          and not exists (select from unnest(p_rules) as r (rule)
                          where p_old -> r.rule -> 'dependentRequired' -> d.name ? e.name);
    end if;
end
$function$;

comment on function hypermind_private.keyword_breaks(jsonb, text[], text[], jsonb, text) is
$comment$Where the keywords of one new schema that stand for themselves refuse what the old ones accept.

p_rules: the schemas of p_old that a value met; one that was not among a few listed values. p_types: the types that
it could have, as possible_types() names them.$comment$;

commit;

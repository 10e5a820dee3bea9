-- Deploy hypermind:functions/rule_breaks to pg
-- requires: functions/conjoined_rules
-- requires: functions/finite_values
-- requires: functions/keyword_breaks
-- requires: functions/implied_rules

begin;

set local role hypermind_owner;

create or replace function hypermind_private.rule_breaks(
        p_old     jsonb,
        p_rules   text[],
        p_types   text[],
        p_new     jsonb,
        p_rule    text,
        p_assumed text[],
        p_pending text[],
        p_split   text[],
        p_steps   int,
    out problems  jsonb,
    out steps     int
)
    language plpgsql
    volatile
as $function$
declare
    v_max_steps constant int := 1000;
    v_max_tries constant int := 500;
    v_max_depth constant int := 100;
    v_rules     constant text[] := hypermind_private.conjoined_rules(p_old, p_rules);
    v_types     constant text[] := hypermind_private.possible_types(p_old, v_rules, p_types);
    v_question  constant text := jsonb_build_array(v_rules, v_types, p_rule)::text;
    v_node      jsonb := p_new -> p_rule;
    v_conjoined text[];
    v_values    jsonb;
    v_new_types text[];
    v_rule      text;
    v_case      text;
    v_implied   record;
    v_answer    record;
    v_holds     boolean;
begin
    problems := '[]';
    steps := p_steps + 1;
    if v_node in ('true', '{}')
       or v_types = '{}'
       or v_question = any (p_assumed)
       or exists (select from unnest(v_rules) as r (rule)
                  where p_old -> r.rule = 'false' or hypermind_private.same_rules(p_old, p_new, r.rule, p_rule)) then
        return;
    end if;
    v_conjoined := hypermind_private.conjoined_rules(p_new, array[p_rule]);
    steps := steps + cardinality(v_rules) * cardinality(v_conjoined) / 20;
    if steps > v_max_steps or cardinality(p_assumed || p_pending) > v_max_depth or v_question = any (p_pending) then
        problems := jsonb_build_array(jsonb_build_object('pointer', p_rule, 'problem', 'it is too different to be compared'));
        return;
    end if;

    -- A few values can be tried, and many be looked up in a list.
    v_values := hypermind_private.finite_values(p_old, v_rules, v_types);
    if jsonb_array_length(v_values) > v_max_tries then
        if v_node - '{enum, type}'::text[] <> '{}' then
            problems := jsonb_build_array(jsonb_build_object(
                'pointer', p_rule, 'problem', 'there are too many listed values to be compared with this'));
            return;
        end if;
        v_new_types := hypermind_private.possible_types(p_new, array[p_rule], null);
        select coalesce(jsonb_agg(jsonb_build_object(
                   'pointer', p_rule, 'problem', format('%s is no longer allowed', left(l.value::text, 100)))), '[]')
        into problems
        from (
            select e.value
            from jsonb_array_elements(v_values) as e (value)
            where v_node ? 'enum' and e.value not in (select n.value from jsonb_array_elements(v_node -> 'enum') as n (value))
               or case when jsonb_typeof(e.value) <> 'number' then jsonb_typeof(e.value)
                       when e.value::numeric % 1 = 0 then 'integer' else 'fraction' end <> all (v_new_types)
            limit 50
        ) as l;
        return;
    elsif v_values is not null then
        select coalesce(jsonb_agg(jsonb_build_object(
                   'pointer', p_rule, 'problem', format('%s is no longer allowed', left(e.value::text, 100)))), '[]')
        into problems
        from jsonb_array_elements(v_values) as e (value)
        where case when jsonb_typeof(e.value) <> 'number' then jsonb_typeof(e.value)
                   when e.value::numeric % 1 = 0 then 'integer' else 'fraction' end = any (v_types)
          and not exists (select from unnest(v_rules) as r (rule)
                          where not hypermind_private.node_accepts(p_old, r.rule, e.value, 0))
          and not hypermind_private.node_accepts(p_new, p_rule, e.value, 0);
        return;
    end if;

    -- Every schema that a value must meet now has to follow from those that it met.
    foreach v_rule in array v_conjoined loop
        v_node := p_new -> v_rule;
        continue when v_rule <> p_rule and exists (
            select from unnest(v_rules) as r (rule)
            where hypermind_private.same_rules(p_old, p_new, r.rule, v_rule));
        if v_node = 'false' then
            problems := problems || jsonb_build_object('pointer', v_rule, 'problem', 'nothing is allowed here now');
            continue;
        end if;

        problems := problems || (
            select coalesce(jsonb_agg(jsonb_build_object('pointer', b.pointer, 'problem', b.problem)), '[]')
            from hypermind_private.keyword_breaks(p_old, v_rules, v_types, p_new, v_rule) as b);

        for v_implied in select i.* from hypermind_private.implied_rules(p_old, v_rules, v_types, p_new, v_rule) as i loop
            if v_implied.new_rule is null or p_new -> v_implied.new_rule = 'false' then
                if v_implied.new_rule is null
                   or not exists (select from unnest(hypermind_private.conjoined_rules(p_old, v_implied.old_rules)) as r (rule)
                                  where p_old -> r.rule = 'false') then
                    problems := problems || jsonb_build_object('pointer', v_implied.pointer, 'problem', v_implied.problem);
                end if;
                continue;
            end if;
            -- The question may be its own answer only for a part of the value: parts come to an end.
            select * into v_answer
            from hypermind_private.rule_breaks(
                p_old, v_implied.old_rules, v_implied.types, p_new, v_implied.new_rule,
                case when v_implied.in_place then p_assumed else p_assumed || p_pending || v_question end,
                case when v_implied.in_place then p_pending || v_question else '{}' end,
                case when v_implied.in_place then p_split else '{}' end, steps);
            problems := problems || v_answer.problems;
            steps := v_answer.steps;
        end loop;

        if v_node ? 'anyOf' then
            steps := steps + cardinality(v_rules) * jsonb_array_length(v_node -> 'anyOf') / 20;
            v_holds := exists (
                select from unnest(v_rules) as r (rule)
                cross join lateral jsonb_array_elements_text(v_node -> 'anyOf') as e (rule)
                where hypermind_private.same_rules(p_old, p_new, r.rule, e.rule));
            for v_case in select e.rule from jsonb_array_elements_text(v_node -> 'anyOf') as e (rule) loop
                exit when v_holds;
                select * into v_answer
                from hypermind_private.rule_breaks(
                    p_old, v_rules, v_types, p_new, v_case, p_assumed, p_pending || v_question, p_split, steps);
                steps := v_answer.steps;
                v_holds := v_answer.problems = '[]';
            end loop;
            if not v_holds then
                problems := problems || jsonb_build_object(
                    'pointer', v_rule || '/anyOf', 'problem', 'some of what was allowed meets none of the alternatives');
            end if;
        end if;
    end loop;
    if problems = '[]' then
        return;
    end if;

    -- Case by case: the old alternatives, and then the types.
    for v_implied in
        select r.rule as split, (select jsonb_agg(jsonb_build_array(e.rule, v_types))
                                 from jsonb_array_elements_text(p_old -> r.rule -> a.keyword) as e (rule)) as cases
        from unnest(v_rules) as r (rule)
        cross join (values ('anyOf'), ('oneOf')) as a (keyword)
        where p_old -> r.rule ? a.keyword and r.rule <> all (p_split)
        union all
        select '#types', (select jsonb_agg(jsonb_build_array(null, t.type))
                          from (select array_agg(u.type) as type
                                from unnest(v_types) as u (type)
                                group by replace(u.type, 'fraction', 'integer')) as t)
        where cardinality(array_remove(v_types, 'fraction')) > 1 and '#types' <> all (p_split)
    loop
        for v_case in select e.value from jsonb_array_elements(v_implied.cases) as e (value) loop
            select * into v_answer
            from hypermind_private.rule_breaks(
                p_old, v_rules || array_remove(array[v_case::jsonb ->> 0], null),
                array(select jsonb_array_elements_text(v_case::jsonb -> 1)),
                p_new, p_rule, p_assumed, p_pending || v_question, p_split || v_implied.split, steps);
            steps := v_answer.steps;
            v_holds := v_answer.problems = '[]';
            exit when not v_holds;
        end loop;
        if v_holds then
            problems := '[]';
            return;
        end if;
    end loop;
end
$function$;

comment on function hypermind_private.rule_breaks(jsonb, text[], text[], jsonb, text, text[], text[], text[], int) is
$comment$Why a new schema may refuse what some old ones accept: problems, an array of {"pointer", "problem"}, [] when it cannot.

p_old, p_new: the programs. p_rules: the old schemas that the value met, all of them. p_types: the types it can have, as
possible_types() names them; NULL: any. p_rule: the new schema.
p_assumed: the questions about what this value is a part of that led here. They may be taken for answered: what is wrong
is found there. p_pending: those about this value. p_split: what was already looked at case by case.
p_steps, steps: how many questions were asked, before and after; what takes more than 1000 is a problem.$comment$;

commit;

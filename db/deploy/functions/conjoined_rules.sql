-- Deploy hypermind:functions/conjoined_rules to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.conjoined_rules(p_program jsonb, p_rules text[])
    returns text[]
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_rules text[] := p_rules;
    v_at    int := 1;
    v_node  jsonb;
    v_rule  text;
begin
    while v_at <= cardinality(v_rules) loop
        v_node := p_program -> v_rules[v_at];
        if v_node ? '$ref' and (v_node ->> '$ref') <> all (v_rules) then
            v_rules := v_rules || (v_node ->> '$ref');
        end if;
        if v_node ? 'allOf' then
            for v_rule in select e.rule from jsonb_array_elements_text(v_node -> 'allOf') as e (rule) loop
                if v_rule <> all (v_rules) then
                    v_rules := v_rules || v_rule;
                end if;
            end loop;
        end if;
        v_at := v_at + 1;
    end loop;

    return array(
        select distinct r.rule collate "C"
        from unnest(v_rules) as r (rule)
        where p_program -> r.rule not in ('true', '{}')
        order by 1);
end
$function$;

comment on function hypermind_private.conjoined_rules(jsonb, text[]) is
$comment$All schemas of a program that a value meets which meets some of them: themselves, and what their $ref and allOf
lead to, without those that say nothing.$comment$;

commit;

-- Deploy hypermind:functions/schema_predicate to pg
-- requires: functions/node_predicate
-- requires: functions/members_predicate
-- requires: functions/closed_members

begin;

set local role hypermind_owner;

create or replace function hypermind_private.schema_predicate(p_program jsonb)
    returns jsonpath
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_predicate text;
begin
    -- Each use of a schema is spelled out: no predicate for what would grow beyond measure.
    perform
    from (
        with recursive spelled (rule, seen) as (
            select r.rule, '{}'::text[] from (values (''), ('/x-columns')) as r (rule)
            union all
            select c.rule, s.seen || s.rule
            from spelled as s
            cross join lateral hypermind_private.child_rules(p_program -> s.rule) as c (rule)
            where c.rule <> all (s.seen || s.rule)
        )
        select from spelled
        offset 500
        limit 1
    ) as too_many;
    if found then
        return 'strict 1 == 0';
    end if;

    v_predicate := hypermind_private.all_of(
        hypermind_private.node_predicate(p_program, '', '$', true, '{}'),
        case when p_program ? '/x-columns' then hypermind_private.node_predicate(p_program, '/x-columns', '$', true, '{}') else '' end);

    return 'strict ' || case when v_predicate is null or length(v_predicate) > 16384 then '1 == 0'
                             when v_predicate = '' then '1 == 1'
                             else v_predicate end;
end
$function$;

comment on function hypermind_private.schema_predicate(jsonb) is
$comment$A program as a jsonpath predicate that is true only if the value meets it, but for the names of closed_members(), which
are checked beside it. What it cannot say is false: the evaluator decides then. It takes the variable $bytes, the size of the
value.$comment$;

commit;

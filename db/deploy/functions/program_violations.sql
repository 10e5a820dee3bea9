-- Deploy hypermind:functions/program_violations to pg
-- requires: functions/node_violations
-- requires: functions/choice_violations
-- requires: functions/unevaluated_violations

begin;

set local role hypermind_owner;

create or replace function hypermind_private.program_violations(p_program jsonb, p_value jsonb, p_limit integer default 50)
    returns table (pointer text, rule text, keyword text, message text)
    language plpgsql
    volatile
as $function$
begin
    -- Counted through the walk: schemas that multiply must not make it endless.
    perform set_config('hypermind.contract_steps', '0', true);

    return query
    select v.pointer, v.rule, v.keyword, v.message
    from (values (''), ('/x-columns')) as r (root)
    cross join lateral jsonb_to_recordset(
        case when p_program ? r.root then hypermind_private.node_violations(p_program, r.root, p_value, '', p_limit, 1) else '[]' end
    ) as v (pointer text, rule text, keyword text, message text);
end
$function$;

comment on function hypermind_private.program_violations(jsonb, jsonb, integer) is
$comment$How a value breaks a program: up to p_limit places for the schema, and as many for the columns that it fills. No row when
it meets both.

Raises MH017 (nested too deep, or too many steps).$comment$;

commit;

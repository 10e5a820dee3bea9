-- Deploy hypermind:functions/node_accepts to pg
-- requires: functions/node_violations

begin;

set local role hypermind_owner;

create or replace function hypermind_private.node_accepts(p_program jsonb, p_rule text, p_value jsonb, p_depth integer)
    returns boolean
    language plpgsql
    volatile
as $function$
begin
    return hypermind_private.node_violations(p_program, p_rule, p_value, '', 1, p_depth + 1) = '[]';
end
$function$;

comment on function hypermind_private.node_accepts(jsonb, text, jsonb, integer) is
$comment$Whether a value meets one schema of a program.

Raises MH017 (nested too deep, or too many steps).$comment$;

commit;

-- Deploy hypermind:functions/contract_breaks to pg
-- requires: functions/compile_schema
-- requires: functions/rule_breaks

begin;

set local role hypermind_owner;

create or replace function hypermind_private.contract_breaks(p_old jsonb, p_new jsonb)
    returns table (pointer text, problem text)
    language plpgsql
    volatile
as $function$
begin
    -- node_accepts() counts its steps there.
    perform set_config('hypermind.contract_steps', '0', true);

    return query
    select distinct p.pointer, p.problem
    from hypermind_private.rule_breaks(
        hypermind_private.compile_schema(p_old), '{""}', null, hypermind_private.compile_schema(p_new), '',
        '{}', '{}', '{}', 0) as b
    cross join lateral jsonb_to_recordset(b.problems) as p (pointer text, problem text)
    order by p.pointer, p.problem;
end
$function$;

comment on function hypermind_private.contract_breaks(jsonb, jsonb) is
$comment$Why a new JSON Schema may refuse a value that the old one accepts; no row: what met the old one meets the new one.

What cannot be shown to be compatible is a problem, too: another pattern, a changed not or oneOf. An optional member may
be declared that the old schema did not know, even if it allowed undeclared members of any kind.

pointer: into the new schema, or into the old one for what is gone. problem: a sentence.

Raises MH017 (value too large), MH021 (invalid schema).$comment$;

commit;

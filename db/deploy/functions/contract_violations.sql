-- Deploy hypermind:functions/contract_violations to pg
-- requires: functions/contract_version
-- requires: functions/program_violations
-- requires: functions/quickly_accepts
-- requires: functions/check_value
-- requires: functions/refuse
-- requires: functions/readable_projects
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.contract_violations(
    p_subject text, p_value jsonb, p_project_id uuid default null, p_version integer default null
)
    returns table (pointer text, rule text, keyword text, message text)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_contract hypermind.contracts;
begin
    perform hypermind_private.check_value(p_value);
    if p_project_id is not null then
        perform hypermind_private.readable_projects(p_project_id, null);
    end if;

    v_contract := hypermind_private.contract_version(p_subject, p_project_id, p_version);
    if v_contract.version is null then
        perform hypermind_private.refuse(
            'MH023',
            format('%s has no contract%s', coalesce(left(p_subject, 100), 'NULL'), coalesce(' of version ' || p_version, '')),
            jsonb_build_object('subject', left(p_subject, 100), 'version', p_version),
            'Look into hypermind.event_types. custom.* types, state and configs have theirs in a project: name it.');
    end if;

    if not hypermind_private.quickly_accepts(v_contract.accepts, v_contract.closed, p_value) then
        return query
        select v.pointer, v.rule, v.keyword, v.message
        from hypermind_private.program_violations(v_contract.program, p_value) as v;
    end if;
end
$function$;

comment on function hypermind.contract_violations(text, jsonb, uuid, integer) is
$comment$Tries a value against a registered contract, as append_event(), take_snapshot() and register_config() would, and stores
nothing. One row for each place where it breaks the contract, up to 50; none when it meets it. Columns as in schema_violations().

p_subject: an event type, state, prompt, tool, agent or evaluator. p_project_id: for all but the event types of the ledger.
p_version: which version; NULL for the one in force.

Raises MH015 (project not found), MH016 (no value), MH017 (value too large, or nested too deep for its contract), MH023 (contract
not found).$comment$;

grant execute on function hypermind.contract_violations(text, jsonb, uuid, integer) to hypermind_reader;

commit;

-- Deploy hypermind:functions/register_contract to pg
-- requires: functions/store_contract
-- requires: functions/project_of
-- requires: functions/refuse_argument
-- requires: roles/hypermind_writer

begin;

set local role hypermind_owner;

create or replace function hypermind.register_contract(
    p_project_id       uuid,
    p_subject          text,
    p_schema           jsonb,
    p_expected_version integer default null,
    p_breaking         boolean default false,
    p_summary          text    default null
)
    returns integer
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
begin
    if p_subject is null or p_subject not in ('state', 'prompt', 'tool', 'agent', 'evaluator') then
        perform hypermind_private.refuse_argument(
            'p_subject', format('%L is nothing that has such a contract', left(p_subject, 100)),
            'Use state, prompt, tool, agent or evaluator; for events call register_event_type().');
    end if;
    perform hypermind_private.project_of(p_project_id);

    return hypermind_private.store_contract(
        p_project_id, p_subject, p_schema, '{}', null, p_expected_version, p_breaking, p_summary);
end
$function$;

comment on function hypermind.register_contract(uuid, text, jsonb, integer, boolean, text) is
$comment$Registers the contract of a project's state snapshots, or of the contents of its prompts, tools, agents or evaluators,
and returns its version: a new one, or the latest when that has the same content.

p_subject: state, prompt, tool, agent or evaluator. The other arguments are those of register_event_type().
state: from then on no snapshot breaks it. take_snapshot() and fork_run() refuse, an append refuses when the automatic snapshot
after it would, and a run cannot be completed; it can always end as failed or cancelled, then without a last snapshot.

Raises MH014 (another version is the latest), MH015 (project not found), MH016 (invalid argument), MH017 (value too large),
MH021 (invalid schema), MH022 (breaking contract), 40001 (somebody else registered a version just now: run the transaction again).$comment$;

grant execute on function hypermind.register_contract(uuid, text, jsonb, integer, boolean, text) to hypermind_writer;

commit;

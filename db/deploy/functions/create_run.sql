-- Deploy hypermind:functions/create_run to pg
-- requires: functions/start_run
-- requires: functions/started_before
-- requires: functions/resolve_pins
-- requires: functions/check_run_id
-- requires: functions/check_object
-- requires: functions/check_tags
-- requires: functions/project_of
-- requires: functions/refuse_unknown_run
-- requires: tables/run_summaries
-- requires: functions/run_id_at
-- requires: roles/hypermind_writer
-- requires: functions/check_run_fields

begin;

set local role hypermind_owner;

create or replace function hypermind.create_run(
    p_project_id    uuid,
    p_mode          text,
    p_configs       jsonb  default '{}',
    p_input         jsonb  default '{}',
    p_metadata      jsonb  default '{}',
    p_tags          text[] default '{}',
    p_parent_run_id uuid   default null,
    p_run_id        uuid   default null,
    p_agent         text   default null,
    p_model         text   default null,
    p_owner         text   default null
)
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_project constant hypermind.projects := hypermind_private.project_of(p_project_id);
    v_run     hypermind.runs;
    v_pins    jsonb;
    v_payload jsonb;
begin
    if p_mode is null or p_mode not in ('chat', 'workflow', 'batch', 'compare', 'replay', 'evaluate') then
        perform hypermind_private.refuse_argument(
            'p_mode', format('%L is no run mode', p_mode), 'Use chat, workflow, batch, compare, replay or evaluate.');
    end if;
    perform hypermind_private.check_object('configs', p_configs);
    perform hypermind_private.check_run_fields(p_input, p_metadata, p_tags, p_agent, p_model, p_owner);
    -- The parent may be archived.
    if p_parent_run_id is not null and not exists (
        select from hypermind.run_summaries as s
        where s.run_id = p_parent_run_id and s.project_id = v_project.project_id) then
        perform hypermind_private.refuse_unknown_run(p_parent_run_id);
    end if;
    if p_run_id is not null then
        perform hypermind_private.check_run_id(p_run_id);
    end if;
    v_pins := hypermind_private.resolve_pins(v_project.project_id, p_configs);

    v_run.created_at    := hypermind_private.clock();
    v_run.run_id        := coalesce(p_run_id, hypermind_private.run_id_at(v_run.created_at));
    v_run.project_id    := v_project.project_id;
    v_run.mode          := p_mode;
    v_run.agent         := coalesce(p_agent, jsonb_path_query_first(v_pins, '$[*] ? (@.kind == "agent").name') #>> '{}');
    v_run.model         := p_model;
    v_run.tags          := coalesce(p_tags, '{}');
    v_run.owner         := coalesce(p_owner, hypermind_private.caller());
    v_run.created_by    := hypermind_private.caller();
    v_run.input         := p_input;
    v_run.metadata      := p_metadata;
    v_run.salt          := gen_random_uuid();
    v_run.parent_run_id := p_parent_run_id;

    v_payload := jsonb_build_object('mode', p_mode, 'configs', p_configs);

    if not hypermind_private.start_run(v_run, v_project.role, v_pins, v_payload) then
        return hypermind_private.started_before(v_run, v_payload);
    end if;
    return v_run.run_id;
end
$function$;

comment on function hypermind.create_run(uuid, text, jsonb, jsonb, jsonb, text[], uuid, uuid, text, text, text) is
$comment$Creates a run, queued, with run.created as its first event, and returns its id.

p_mode: chat, workflow, batch, compare, replay or evaluate.
p_configs: what the run is made with: an object, slot -> {"kind", "name", "version"} or {"kind", "name", "label"}. Labels are
resolved now, and the versions found are pinned for good.
p_input, p_metadata: JSON objects, at most 16 MiB each as text. p_tags: at most 64 words.
p_parent_run_id: a run of the same project that this one belongs to, such as the run that an evaluation judges.
p_run_id: a UUID version 7 within a day of now (members of hypermind_operator: of any time); makes the call safe to retry.
p_agent, p_model, p_owner: names for people and filters; by default the pinned agent's, none, and the caller's.

Raises MH001 (parent not found), MH005 (the id is taken by another run), MH013 (config not found), MH015 (project not found),
MH016 (invalid argument), MH017 (value too large), MH018 (invalid run id), MH031 (the id is of a month that is retired), MH032 (a
retry of a run that is archived).$comment$;

grant execute on function hypermind.create_run(uuid, text, jsonb, jsonb, jsonb, text[], uuid, uuid, text, text, text)
    to hypermind_writer;

commit;

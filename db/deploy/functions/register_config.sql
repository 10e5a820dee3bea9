-- Deploy hypermind:functions/register_config to pg
-- requires: tables/config_versions
-- requires: tables/config_entities
-- requires: functions/project_of
-- requires: functions/check_object
-- requires: functions/canonical_hash
-- requires: roles/hypermind_writer
-- requires: functions/check_config_name
-- requires: functions/check_contract

begin;

set local role hypermind_owner;

create or replace function hypermind.register_config(
    p_project_id       uuid,
    p_kind             text,
    p_name             text,
    p_content          jsonb,
    p_expected_version integer default null,
    p_summary          text    default null
)
    returns integer
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_project   constant hypermind.projects := hypermind_private.project_of(p_project_id);
    v_now       constant timestamptz        := hypermind_private.clock();
    v_config_id uuid;
    v_sha256    bytea;
    v_latest    record;
begin
    perform hypermind_private.check_config_name(p_kind, p_name);
    perform hypermind_private.check_object('content', p_content);
    if p_summary is not null then
        perform hypermind_private.check_text('p_summary', p_summary, 2000);
    end if;
    v_sha256 := hypermind_private.canonical_hash(p_content);

    insert into hypermind.config_entities (config_id, project_id, kind, name, created_at)
    values (gen_random_uuid(), v_project.project_id, p_kind, p_name, v_now)
    on conflict (project_id, kind, name) do nothing;

    -- One at a time for each prompt, tool, agent or evaluator.
    select e.config_id into strict v_config_id
    from hypermind.config_entities as e
    where e.project_id = v_project.project_id and e.kind = p_kind and e.name = p_name
    for no key update;

    select v.version, v.content_sha256 into v_latest
    from hypermind.config_versions as v
    where v.config_id = v_config_id
    order by v.version desc
    limit 1;
    v_latest.version := coalesce(v_latest.version, 0);

    -- The same content again, also as a retry of the call that made this version.
    if v_latest.content_sha256 = v_sha256
       and (p_expected_version is null or p_expected_version in (v_latest.version, v_latest.version - 1)) then
        return v_latest.version;
    end if;

    if p_expected_version <> v_latest.version then
        perform hypermind_private.refuse(
            'MH014',
            format('%s %s is at version %s, not at %s', p_kind, p_name, v_latest.version, p_expected_version),
            jsonb_build_object('kind', p_kind, 'name', p_name, 'expected_version', p_expected_version,
                               'actual_version', v_latest.version),
            'Somebody else registered a version. Read it, merge your change into it, and register again.');
    end if;

    insert into hypermind.config_versions (
        config_id, version, project_id, content, content_sha256, summary, author, created_at, contract_version
    )
    values (
        v_config_id, v_latest.version + 1, v_project.project_id, p_content, v_sha256, p_summary, hypermind_private.caller(), v_now,
        hypermind_private.check_contract(p_kind, v_project.project_id, p_content)
    )
    on conflict (config_id, version) do nothing;  -- above READ COMMITTED, 40001 for a version that the snapshot cannot see
    return v_latest.version + 1;
end
$function$;

comment on function hypermind.register_config(uuid, text, text, jsonb, integer, text) is
$comment$Registers a content of a prompt, tool, agent or evaluator, and returns its version: a new one, or the latest when that
has the same content. To roll back, register the old content again.

p_kind: prompt, tool, agent or evaluator. p_name: up to 200 characters.
p_content: a JSON object, at most 16 MiB as text. It meets the project's contract for its kind, if there is one
(register_contract()). p_summary: what changed, up to 2000 characters.
p_expected_version: the version the caller believes to be the latest, 0 for none; NULL does not check it.

Raises MH006 (contract violation), MH014 (another version is the latest), MH015 (project not found), MH016 (invalid argument),
MH017 (value too large).$comment$;

grant execute on function hypermind.register_config(uuid, text, text, jsonb, integer, text) to hypermind_writer;

commit;

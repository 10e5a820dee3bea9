-- Deploy hypermind:functions/config_version to pg
-- requires: tables/config_versions
-- requires: tables/config_labels
-- requires: functions/check_config_name
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.config_version(
    p_project_id uuid, p_kind text, p_name text, p_version integer, p_label text
)
    returns hypermind.config_versions
    language plpgsql
    stable
as $function$
declare
    v_version hypermind.config_versions;
begin
    perform hypermind_private.check_config_name(p_kind, p_name);

    select v.* into v_version
    from hypermind.config_entities as e
    join hypermind.config_versions as v on v.config_id = e.config_id
    where e.project_id = p_project_id and e.kind = p_kind and e.name = p_name
      and v.version = coalesce(
              p_version,
              (select l.version from hypermind.config_labels as l where l.config_id = e.config_id and l.label = p_label));

    if not found then
        perform hypermind_private.refuse(
            'MH013',
            format('%s %s has no %s', p_kind, p_name,
                   case when p_version is null then format('label %s', p_label) else format('version %s', p_version) end),
            jsonb_strip_nulls(jsonb_build_object('kind', p_kind, 'name', p_name, 'version', p_version, 'label', p_label)),
            'Register it with register_config(), or set the label with label_config().');
    end if;
    return v_version;
end
$function$;

comment on function hypermind_private.config_version(uuid, text, text, integer, text) is
$comment$One version of a prompt, tool, agent or evaluator, by number or by label.

Raises MH013 (config not found), MH016 (invalid argument).$comment$;

commit;

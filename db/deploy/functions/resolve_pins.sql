-- Deploy hypermind:functions/resolve_pins to pg
-- requires: functions/config_version
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.resolve_pins(p_project_id uuid, p_configs jsonb)
    returns jsonb
    language plpgsql
    stable
as $function$
declare
    v_pins    jsonb := '[]';
    v_slot    text;
    v_ref     jsonb;
    v_version hypermind.config_versions;
begin
    for v_slot, v_ref in select c.key, c.value from jsonb_each(p_configs) as c order by c.key collate "C" loop
        perform hypermind_private.check_text('slot', v_slot, 100);
        if jsonb_typeof(v_ref) <> 'object'
           or v_ref - '{kind, name, version, label}'::text[] <> '{}'
           or jsonb_typeof(v_ref -> 'kind') is distinct from 'string'
           or jsonb_typeof(v_ref -> 'name') is distinct from 'string'
           or (v_ref ? 'version') = (v_ref ? 'label')
           or (v_ref ? 'label' and jsonb_typeof(v_ref -> 'label') <> 'string')
           or (v_ref ? 'version' and (jsonb_typeof(v_ref -> 'version') <> 'number' or v_ref ->> 'version' !~ '^[1-9][0-9]{0,8}$')) then
            perform hypermind_private.refuse_argument(
                'p_configs', format('slot %s does not name a configuration', v_slot),
                'Give {"kind": "prompt", "name": "greeting", "version": 3} or, instead of version, "label": "production".');
        end if;

        v_version := hypermind_private.config_version(
            p_project_id, v_ref ->> 'kind', v_ref ->> 'name', (v_ref ->> 'version')::integer, v_ref ->> 'label');
        v_pins := v_pins || jsonb_build_object(
            'slot', v_slot, 'config_id', v_version.config_id, 'kind', v_ref ->> 'kind', 'name', v_ref ->> 'name',
            'version', v_version.version, 'label', v_ref ->> 'label', 'content_sha256', v_version.content_sha256);
    end loop;

    return v_pins;
end
$function$;

comment on function hypermind_private.resolve_pins(uuid, jsonb) is
$comment$Resolves what a run asks for to exact versions: the one place where a label is read.

p_configs: an object, slot -> {"kind", "name", "version" or "label"}. Returns an array of rows for run_config_refs.

Raises MH013 (config not found), MH016 (invalid argument).$comment$;

commit;

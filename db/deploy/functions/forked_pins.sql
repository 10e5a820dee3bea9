-- Deploy hypermind:functions/forked_pins to pg
-- requires: functions/resolve_pins
-- requires: tables/run_config_refs

begin;

set local role hypermind_owner;

create or replace function hypermind_private.forked_pins(p_run_id uuid, p_project_id uuid, p_overrides jsonb)
    returns jsonb
    language plpgsql
    stable
as $function$
declare
    v_kept jsonb;
begin
    select coalesce(
        jsonb_agg(jsonb_build_object(
            'slot', r.slot, 'config_id', r.config_id, 'kind', r.kind, 'name', r.name, 'version', r.version, 'label', r.label,
            'content_sha256', r.content_sha256) order by r.slot collate "C"),
        '[]')
    into v_kept
    from hypermind.run_config_refs as r
    where r.run_id = p_run_id and not p_overrides ? r.slot;

    return v_kept || hypermind_private.resolve_pins(p_project_id, p_overrides);
end
$function$;

comment on function hypermind_private.forked_pins(uuid, uuid, jsonb) is
$comment$The pins of a fork: the overridden slots resolved anew, all others at the parent's very versions.

Raises MH013 (config not found), MH016 (invalid argument).$comment$;

commit;

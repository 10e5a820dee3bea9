-- Deploy hypermind:functions/pinned_configs to pg
-- requires: tables/run_config_refs
-- requires: tables/config_versions

begin;

set local role hypermind_owner;

create or replace function hypermind_private.pinned_configs(p_run_id uuid)
    returns jsonb
    language plpgsql
    stable
    parallel safe
as $function$
begin
    return (
        select coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'slot', r.slot, 'kind', r.kind, 'name', r.name, 'version', r.version,
                    'content', v.content, 'content_sha256', encode(v.content_sha256, 'hex'))
                order by r.slot collate "C"),
            '[]')
        from hypermind.run_config_refs as r
        join hypermind.config_versions as v on v.config_id = r.config_id and v.version = r.version
        where r.run_id = p_run_id
    );
end
$function$;

comment on function hypermind_private.pinned_configs(uuid) is
$comment$The contents that a run pinned, by slot: an array of {slot, kind, name, version, content, content_sha256}.$comment$;

commit;

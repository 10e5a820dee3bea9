-- Deploy hypermind:functions/pins_of to pg
-- requires: tables/run_config_refs

begin;

set local role hypermind_owner;

create or replace function hypermind_private.pins_of(p_run_id uuid)
    returns jsonb
    language plpgsql
    stable
    parallel safe
as $function$
begin
    return (
        select coalesce(
            jsonb_agg(
                jsonb_build_array(r.slot, r.config_id, r.kind, r.name, r.version, r.label, encode(r.content_sha256, 'hex'))
                order by r.slot collate "C"),
            '[]')
        from hypermind.run_config_refs as r
        where r.run_id = p_run_id
    );
end
$function$;

comment on function hypermind_private.pins_of(uuid) is
$comment$What a run pinned, as the array that is hashed: [slot, config_id, kind, name, version, label, SHA-256 of the content], by slot.$comment$;

commit;

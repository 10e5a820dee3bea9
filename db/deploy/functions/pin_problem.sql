-- Deploy hypermind:functions/pin_problem to pg
-- requires: tables/run_config_refs
-- requires: tables/config_versions
-- requires: functions/canonical_hash

begin;

set local role hypermind_owner;

create or replace function hypermind_private.pin_problem(p_run_id uuid)
    returns table (bad_seq bigint, bad_object text, problem text)
    language plpgsql
    stable
    parallel safe
as $function$
begin
    return query
    select 1::bigint, 'config_versions', format('%s %s version %s, pinned as %s, has another content', r.kind, r.name, r.version, r.slot)
    from hypermind.run_config_refs as r
    left join hypermind.config_versions as v on v.config_id = r.config_id and v.version = r.version
    where r.run_id = p_run_id
      and (v.content_sha256 is distinct from r.content_sha256
           or hypermind_private.canonical_hash(v.content) is distinct from r.content_sha256)
    order by r.slot collate "C"
    limit 1;
end
$function$;

comment on function hypermind_private.pin_problem(uuid) is
$comment$The first pinned content that is not the one that was pinned; no row if all are.$comment$;

commit;

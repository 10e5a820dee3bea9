-- Deploy hypermind:functions/holds_covering to pg
-- requires: tables/holds
-- requires: tables/runs
-- requires: tables/run_config_refs

begin;

set local role hypermind_owner;

create or replace function hypermind_private.holds_covering(p_run_id uuid)
    returns setof uuid
    language plpgsql
    stable
as $function$
declare
    v_project_id uuid;
    v_configs    uuid[];
    v_versions   integer[];
    v_labels     text[];
begin
    select r.project_id into v_project_id from hypermind.runs as r where r.run_id = p_run_id;
    select array_agg(f.config_id), array_agg(f.version), array_agg(f.label)
    into v_configs, v_versions, v_labels
    from hypermind.run_config_refs as f
    where f.run_id = p_run_id;

    return query
    select h.hold_id
    from hypermind.holds as h
    where h.project_id = v_project_id
      and case when h.run_id is not null then h.run_id = p_run_id
               when h.config_id is null then true
               else exists (
                   select from unnest(v_configs, v_versions, v_labels) as f (config_id, version, label)
                   where f.config_id = h.config_id and (f.version = h.version or f.label = h.label)) end;
end
$function$;

comment on function hypermind_private.holds_covering(uuid) is
$comment$The holds that a run falls under, in force or released: on itself, on a version that it pinned, on a label that it pinned a
version by, or on its project.$comment$;

commit;

-- Deploy hypermind:functions/list_holds to pg
-- requires: functions/holds_covering
-- requires: functions/operated_project
-- requires: functions/operated_run
-- requires: functions/readable_projects
-- requires: functions/listed_run
-- requires: tables/hold_releases
-- requires: tables/config_entities
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.list_holds(
    p_project_id    uuid    default null,
    p_run_id        uuid    default null,
    p_with_released boolean default false
)
    returns table (
        hold_id        uuid,
        project_id     uuid,
        run_id         uuid,
        kind           text,
        name           text,
        version        integer,
        label          text,
        reason         text,
        placed_by      text,
        placed_at      timestamptz,
        release_reason text,
        released_by    text,
        released_at    timestamptz
    )
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_operates constant boolean := hypermind_private.operates();
    v_projects uuid[];
    v_covering uuid[];
begin
    if not v_operates then
        v_projects := hypermind_private.readable_projects(p_project_id, null);
    elsif p_project_id is not null then
        v_projects := array[(hypermind_private.operated_project(p_project_id)).project_id];
    end if;
    if p_run_id is not null then
        if v_operates then
            perform hypermind_private.operated_run(p_run_id);
        else
            perform hypermind_private.listed_run(p_run_id);
        end if;
        v_covering := array(select hypermind_private.holds_covering(p_run_id));
    end if;

    return query
    select h.hold_id, h.project_id, h.run_id, e.kind, e.name, h.version, h.label, h.reason, h.placed_by, h.placed_at, r.reason,
           r.released_by, r.released_at
    from hypermind.holds as h
    left join hypermind.config_entities as e on e.config_id = h.config_id
    left join hypermind.hold_releases as r on r.hold_id = h.hold_id
    where (v_projects is null or h.project_id = any (v_projects))
      and (p_run_id is null or h.hold_id = any (v_covering))
      and (p_with_released or r.hold_id is null)
    order by h.placed_at, h.hold_id;
end
$function$;

comment on function hypermind.list_holds(uuid, uuid, boolean) is
$comment$The holds in force, eldest first, in the projects that the caller reads; for members of hypermind_operator, in all
projects. What is not named in a row is not narrowed: a hold without run_id and name covers every run of its project.

p_project_id: of one project. p_run_id: those that this run falls under, whatever they name. p_with_released: those that are over,
too, with who released them, when and why.

Raises MH001 (run not found), MH015 (project not found).$comment$;

grant execute on function hypermind.list_holds(uuid, uuid, boolean) to hypermind_reader;

commit;

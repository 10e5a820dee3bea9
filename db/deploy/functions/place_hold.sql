-- Deploy hypermind:functions/place_hold to pg
-- requires: functions/check_hold_form
-- requires: functions/operated_project
-- requires: functions/operated_run
-- requires: functions/config_version
-- requires: functions/lock_contents
-- requires: functions/placed_before
-- requires: functions/check_text
-- requires: functions/clock
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.place_hold(
    p_project_id uuid,
    p_reason     text,
    p_run_id     uuid    default null,
    p_kind       text    default null,
    p_name       text    default null,
    p_version    integer default null,
    p_label      text    default null,
    p_hold_id    uuid    default null
)
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_project constant hypermind.projects := hypermind_private.operated_project(p_project_id);
    v_version hypermind.config_versions;
    v_run     hypermind.run_summaries;
    v_hold    hypermind.holds;
begin
    perform hypermind_private.check_text('p_reason', p_reason, 2000);
    perform hypermind_private.check_hold_form(p_run_id, p_kind, p_name, p_version, p_label);
    if p_kind is not null then
        v_version := hypermind_private.config_version(v_project.project_id, p_kind, p_name, p_version, p_label);
    end if;
    if p_run_id is not null then
        v_run := hypermind_private.operated_run(p_run_id);
        if v_run.project_id <> v_project.project_id then
            perform hypermind_private.refuse_unknown_run(p_run_id);
        end if;
    end if;

    v_hold.hold_id    := coalesce(p_hold_id, gen_random_uuid());
    v_hold.project_id := v_project.project_id;
    v_hold.run_id     := p_run_id;
    v_hold.config_id  := v_version.config_id;
    v_hold.version    := p_version;
    v_hold.label      := p_label;
    v_hold.reason     := p_reason;
    v_hold.placed_by  := hypermind_private.caller();
    v_hold.placed_at  := hypermind_private.clock();

    -- Whoever moves a month is waited for, before anything else is locked.
    lock table hypermind.holds in row exclusive mode;
    -- An erasure that has begun is waited for; one that comes later finds the hold.
    perform hypermind_private.lock_contents(v_project.project_id);
    insert into hypermind.holds select v_hold.* on conflict (hold_id) do nothing;
    if not found then
        perform hypermind_private.placed_before(v_hold);
    end if;
    return v_hold.hold_id;
end
$function$;

comment on function hypermind.place_hold(uuid, text, uuid, text, text, integer, text, uuid) is
$comment$Places a hold and returns its id: until it is released, the runs that it covers can neither be erased nor retired with
their period. Other holds on the same runs stay as they are. It waits for an erasure in the project that has begun.

p_reason: why, 1 to 2,000 characters.
p_run_id: hold one run, archived or not. p_kind, p_name with p_version: hold the runs that pinned this version of a config, however they named it;
with p_label: those that pinned it by this label, whatever version that was. Nothing of these: hold every run of the project.
Runs that are created later are covered in the same way.
p_hold_id: makes the call safe to retry.

Raises MH001 (run not found), MH005 (the id is taken by another hold), MH013 (config not found), MH015 (project not found), MH016
(invalid argument).$comment$;

grant execute on function hypermind.place_hold(uuid, text, uuid, text, text, integer, text, uuid) to hypermind_operator;

commit;

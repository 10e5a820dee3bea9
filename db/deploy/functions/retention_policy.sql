-- Deploy hypermind:functions/retention_policy to pg
-- requires: functions/policy_in_force
-- requires: functions/readable_projects
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.retention_policy(p_project_id uuid)
    returns table (
        origin        text,
        version       integer,
        keep_at_least integer,
        keep_at_most  integer,
        archive_after integer,
        reason        text,
        set_by        text,
        set_at        timestamptz
    )
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_policy constant hypermind.retention_policies := hypermind_private.policy_in_force(p_project_id);
begin
    if p_project_id is not null then
        perform hypermind_private.readable_projects(p_project_id, null);
    end if;

    return query
    select case when v_policy.version is null then 'none' when v_policy.project_id is null then 'ledger' else 'project' end,
           v_policy.version, v_policy.keep_at_least, v_policy.keep_at_most, v_policy.archive_after, v_policy.reason,
           v_policy.set_by, v_policy.set_at;
end
$function$;

comment on function hypermind.retention_policy(uuid) is
$comment$The retention policy that is in force for a project, one row. origin: project, where it has one of its own; ledger, where
the default holds; none, where there is neither, all else is NULL, and runs are kept for good.

p_project_id: the project; NULL for the default of the ledger.

Raises MH015 (project not found).$comment$;

grant execute on function hypermind.retention_policy(uuid) to hypermind_reader;

commit;

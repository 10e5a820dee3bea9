-- Deploy hypermind:functions/policy_in_force to pg
-- requires: tables/retention_policies

begin;

set local role hypermind_owner;

create or replace function hypermind_private.policy_in_force(p_project_id uuid)
    returns hypermind.retention_policies
    language plpgsql
    stable
as $function$
declare
    v_policy hypermind.retention_policies;
begin
    select * into v_policy
    from hypermind.retention_policies as r
    where r.scope in (p_project_id, '00000000-0000-0000-0000-000000000000')
    order by r.project_id nulls last, r.version desc
    limit 1;

    return v_policy;
end
$function$;

comment on function hypermind_private.policy_in_force(uuid) is
$comment$The retention policy of a project: the latest of its own, else the latest of the ledger; NULL when there is neither, and
runs are kept for good. p_project_id NULL: that of the ledger.$comment$;

commit;

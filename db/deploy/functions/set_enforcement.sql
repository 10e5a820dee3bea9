-- Deploy hypermind:functions/set_enforcement to pg
-- requires: functions/project_of
-- requires: functions/refuse_argument
-- requires: tables/projects
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.set_enforcement(p_project_id uuid, p_enforcement text)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
begin
    if p_enforcement is null or p_enforcement not in ('known', 'strict') then
        perform hypermind_private.refuse_argument(
            'p_enforcement', format('%L is no enforcement', left(p_enforcement, 100)),
            'known refuses payloads that break the contract of their type; strict also refuses types without one.');
    end if;
    perform hypermind_private.project_of(p_project_id);

    -- First the row alone: an UPDATE would lock the table against makers of periods while it waits for the row, which one of them
    -- may hold.
    perform from hypermind.projects as p where p.project_id = p_project_id for no key update;
    update hypermind.projects as p set enforcement = p_enforcement where p.project_id = p_project_id;
end
$function$;

comment on function hypermind.set_enforcement(uuid, text) is
$comment$Sets what a project does with events whose type has no contract: known takes them (the default), strict refuses them.
Payloads that break the contract of their type are refused in both.

Raises MH015 (project not found), MH016 (invalid argument).$comment$;

grant execute on function hypermind.set_enforcement(uuid, text) to hypermind_operator;

commit;

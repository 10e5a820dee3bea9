-- Deploy hypermind:functions/lock_contents to pg
-- requires: tables/projects

begin;

set local role hypermind_owner;

create or replace function hypermind_private.lock_contents(p_project_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
begin
    -- First the row alone: an UPDATE would lock the table against makers of periods while it waits for the row.
    perform from hypermind.projects as p where p.project_id = p_project_id for no key update;

    -- Nothing changes, but the row has a new version: above READ COMMITTED, who waited for it gets 40001, and cannot overlook
    -- what happened.
    update hypermind.projects as p set enforcement = p.enforcement where p.project_id = p_project_id;
end
$function$;

comment on function hypermind_private.lock_contents(uuid) is
$comment$Puts those in line who hold, erase, or copy contents of a project: place_hold() and the erasures take this lock,
share_contents() its other side. Recording runs does not wait for it.

Lock order: the tables holds or erasures, the run's row in run_heads, then this, then rows of the run.$comment$;

commit;

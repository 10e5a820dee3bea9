-- Deploy hypermind:functions/share_contents to pg
-- requires: tables/projects

begin;

set local role hypermind_owner;

create or replace function hypermind_private.share_contents(p_project_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
begin
    perform from hypermind.projects as p where p.project_id = p_project_id for share;
end
$function$;

comment on function hypermind_private.share_contents(uuid) is
$comment$Lets nobody erase contents of a project until the transaction ends: for what copies them without the lock of the run's
head, forks and snapshots. They do not wait for each other. See lock_contents().$comment$;

commit;

-- Deploy hypermind:functions/has_content to pg
-- requires: functions/run_tables

begin;

set local role hypermind_owner;

create or replace function hypermind_private.has_content(p_run_id uuid)
    returns boolean
    language plpgsql
    stable
as $function$
begin
    return exists (select from hypermind.runs as r where r.run_id = p_run_id and r.salt is not null)
        or exists (select from hypermind.run_events as e where e.run_id = p_run_id and e.salt is not null)
        or exists (select from hypermind.run_state_snapshots as s where s.run_id = p_run_id and s.salt is not null)
        or exists (select from hypermind.run_artifacts as a where a.run_id = p_run_id and a.salt is not null);
end
$function$;

comment on function hypermind_private.has_content(uuid) is
$comment$Whether anything of a run, whose rows are here, is left to erase.$comment$;

commit;

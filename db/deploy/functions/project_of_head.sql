-- Deploy hypermind:functions/project_of_head to pg
-- requires: functions/acts_for
-- requires: tables/run_heads

begin;

set local role hypermind_owner;

create or replace function hypermind_private.project_of_head(p_run_id uuid)
    returns uuid
    language plpgsql
    stable
as $function$
begin
    return (
        select h.project_id
        from hypermind.run_heads as h
        where h.run_id = p_run_id and hypermind_private.acts_for(h.project_role)
    );
end
$function$;

comment on function hypermind_private.project_of_head(uuid) is
$comment$The project of an open run; NULL when there is none, or the caller does not act in it.$comment$;

commit;

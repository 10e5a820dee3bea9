-- Deploy hypermind:functions/settle_head to pg
-- requires: functions/acts_for
-- requires: tables/run_heads

begin;

set local role hypermind_owner;

create or replace function hypermind_private.settle_head(p_run_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
begin
    perform from hypermind.run_heads as h
    where h.run_id = p_run_id and hypermind_private.acts_for(h.project_role)
    for no key update;
end
$function$;

comment on function hypermind_private.settle_head(uuid) is
$comment$Waits for whoever writes to a run, and keeps others out: what several statements then find is true of one moment. A run
that has ended needs no lock. Who does not act in the project waits for nobody.

For calls that are about to be refused: whether this was a retry, and if not, why it is refused, must not fall apart.$comment$;

commit;

-- Deploy hypermind:functions/started_before to pg
-- requires: functions/refuse_taken_id
-- requires: functions/readable_run
-- requires: functions/refuse
-- requires: tables/run_events

begin;

set local role hypermind_owner;

create or replace function hypermind_private.started_before(p_run hypermind.runs, p_payload jsonb)
    returns uuid
    language plpgsql
    volatile
as $function$
declare
    v_run     hypermind.runs;
    v_payload jsonb;
begin
    select * into v_run from hypermind.runs as r where r.run_id = p_run.run_id;
    if not found then
        raise exception using
            errcode = '40001',
            message = format('run %s was created by a transaction that this one cannot see', p_run.run_id),
            hint    = 'Run the transaction again.';
    end if;
    select e.payload into v_payload from hypermind.run_events as e where e.run_id = p_run.run_id and e.seq = 1;

    -- The content of an erased run is unknown: its id alone must do.
    if v_run.project_id <> p_run.project_id
       or (v_run.mode, v_run.agent, v_run.model, v_run.tags, v_run.owner, v_run.parent_run_id, v_run.forked_at_seq)
              is distinct from
          (p_run.mode, p_run.agent, p_run.model, p_run.tags, p_run.owner, p_run.parent_run_id, p_run.forked_at_seq)
       or (v_run.salt is not null and (v_run.input, v_run.metadata) is distinct from (p_run.input, p_run.metadata))
       or v_payload <> p_payload then
        perform hypermind_private.refuse_taken_id(p_run.run_id);
    end if;

    return v_run.run_id;
end
$function$;

comment on function hypermind_private.started_before(hypermind.runs, jsonb) is
$comment$The id of a run that the same call created before.

Raises MH005 (the id is taken by another run, of this project or another), 40001 (run the transaction again).$comment$;

commit;

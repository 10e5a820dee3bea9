-- Deploy hypermind:functions/apply_erasures to pg
-- requires: functions/erase
-- requires: tables/erasures
-- requires: tables/run_summaries

begin;

set local role hypermind_owner;

create or replace function hypermind_private.apply_erasures(p_run_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_run     hypermind.run_summaries;
    v_erasure hypermind.erasures;
begin
    select * into strict v_run from hypermind.run_summaries as s where s.run_id = p_run_id;

    for v_erasure in
        select * from hypermind.erasures as e where e.run_id = p_run_id order by e.erased_at, e.erasure_id
    loop
        perform hypermind_private.erase(v_run, v_erasure.seq, v_erasure.reason, v_erasure.erasure_id);
    end loop;
end
$function$;

comment on function hypermind_private.apply_erasures(uuid) is
$comment$Makes good the erasures of a run that were recorded while its rows were away. Erasures that were done are done: they find nothing.$comment$;

commit;

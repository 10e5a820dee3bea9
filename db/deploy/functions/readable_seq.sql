-- Deploy hypermind:functions/readable_seq to pg
-- requires: functions/refuse_if_moved
-- requires: functions/readable_run
-- requires: functions/run_position
-- requires: functions/check_seq

begin;

set local role hypermind_owner;

create or replace function hypermind_private.readable_seq(p_run_id uuid, p_seq bigint, p_first bigint)
    returns bigint
    language plpgsql
    stable
as $function$
declare
    v_last bigint;
begin
    perform hypermind_private.readable_run(p_run_id);
    select p.last_seq into v_last from hypermind_private.run_position(p_run_id) as p;
    if v_last is null then
        perform hypermind_private.refuse_if_moved(p_run_id);
    end if;
    perform hypermind_private.check_seq(p_run_id, coalesce(p_seq, v_last), p_first, v_last);
    return coalesce(p_seq, v_last);
end
$function$;

comment on function hypermind_private.readable_seq(uuid, bigint, bigint) is
$comment$The seq meant by p_seq (NULL: the last) of a run that the caller may read.

Raises MH001 (run not found), MH012 (seq out of range), MH032 (run archived), 40001 (run the transaction again).$comment$;

commit;

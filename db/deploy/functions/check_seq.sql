-- Deploy hypermind:functions/check_seq to pg
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_seq(p_run_id uuid, p_seq bigint, p_first bigint, p_last bigint)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if p_seq is null or p_seq not between p_first and p_last then
        perform hypermind_private.refuse(
            'MH012',
            format('seq %s is out of range: run %s has %s to %s', coalesce(p_seq::text, 'null'), p_run_id, p_first, p_last),
            jsonb_build_object('run_id', p_run_id, 'seq', p_seq, 'first_seq', p_first, 'last_seq', p_last),
            'Read the run''s last seq again, and choose one up to it.');
    end if;
end
$function$;

comment on function hypermind_private.check_seq(uuid, bigint, bigint, bigint) is
$comment$Refuses a seq outside of p_first to p_last.

Raises MH012 (seq out of range).$comment$;

commit;

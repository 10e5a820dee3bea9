-- Deploy hypermind:functions/erasable_run to pg
-- requires: functions/check_text
-- requires: functions/operated_run
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.erasable_run(p_run_id uuid, p_reason text)
    returns hypermind.run_summaries
    language plpgsql
    volatile
as $function$
begin
    perform hypermind_private.check_text('p_reason', p_reason, 2000);

    -- It waits for those who copy contents, and has to see what they copied.
    if current_setting('transaction_isolation') <> 'read committed' then
        perform hypermind_private.refuse_argument(
            'transaction_isolation',
            format('an erasure sees everything only in READ COMMITTED, not in %s', upper(current_setting('transaction_isolation'))),
            'Begin the transaction with: begin isolation level read committed.');
    end if;

    return hypermind_private.operated_run(p_run_id);
end
$function$;

comment on function hypermind_private.erasable_run(uuid, text) is
$comment$The run that an operator asks to erase something of, if there is a reason, and the transaction can see all copies.

Raises MH001 (run not found), MH016 (invalid argument).$comment$;

commit;

-- Deploy hypermind:functions/refuse_snapshots to pg
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_snapshots()
    returns void
    language plpgsql
    stable
as $function$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        perform hypermind_private.refuse_argument(
            'transaction_isolation',
            format('what is kept and what goes is decided in READ COMMITTED only, not in %s',
                   upper(current_setting('transaction_isolation'))),
            'Begin the transaction with: begin isolation level read committed.');
    end if;
end
$function$;

comment on function hypermind_private.refuse_snapshots() is
$comment$Refuses to go on in a transaction that cannot see what others have done meanwhile: for whoever waits for them, and then has to.

Raises MH016 (invalid argument).$comment$;

commit;

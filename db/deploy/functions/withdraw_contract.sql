-- Deploy hypermind:functions/withdraw_contract to pg
-- requires: tables/contracts
-- requires: triggers/contracts_append_only

begin;

set local role hypermind_owner;

create or replace function hypermind_private.withdraw_contract(p_event_type text)
    returns void
    language plpgsql
    volatile
as $function$
begin
    alter table hypermind.contracts disable trigger contracts_append_only;
    delete from hypermind.contracts as c where c.subject = p_event_type and c.project_id is null;
    alter table hypermind.contracts enable always trigger contracts_append_only;
end
$function$;

comment on function hypermind_private.withdraw_contract(text) is
$comment$Takes an event type of the ledger away with all its versions, when its change is reverted: which only happens without
recorded runs.$comment$;

commit;

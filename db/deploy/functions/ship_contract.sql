-- Deploy hypermind:functions/ship_contract to pg
-- requires: functions/store_contract

begin;

set local role hypermind_owner;

create or replace function hypermind_private.ship_contract(
    p_event_type text, p_schema jsonb, p_columns jsonb default '{}', p_text_rule text default null
)
    returns void
    language plpgsql
    volatile
as $function$
begin
    perform hypermind_private.store_contract(null, p_event_type, p_schema, p_columns, p_text_rule, null, false, null);
end
$function$;

comment on function hypermind_private.ship_contract(text, jsonb, jsonb, text) is
$comment$Registers an event type that comes with the ledger, when its change is deployed.

Arguments as in register_event_type(). Raises MH016 (invalid argument), MH021 (invalid schema), MH022 (breaking contract).$comment$;

commit;

-- Deploy hypermind:functions/contract_accepts to pg
-- requires: functions/quickly_accepts
-- requires: functions/program_violations
-- requires: tables/contracts

begin;

set local role hypermind_owner;

create or replace function hypermind_private.contract_accepts(p_contract hypermind.contracts, p_value jsonb)
    returns boolean
    language plpgsql
    volatile
as $function$
begin
    return hypermind_private.quickly_accepts(
               p_contract.accepts, p_contract.closed, p_value)
           or not exists (select from hypermind_private.program_violations(p_contract.program, p_value, 1));
end
$function$;

comment on function hypermind_private.contract_accepts(hypermind.contracts, jsonb) is
$comment$Whether a value meets a contract.

Raises MH017 (nested too deep for its contract).$comment$;

commit;

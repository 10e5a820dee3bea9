-- Deploy hypermind:functions/check_contract to pg
-- requires: functions/contract_version
-- requires: functions/contract_accepts
-- requires: functions/refuse_violation

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_contract(
    p_subject text, p_project_id uuid, p_value jsonb, p_version integer default null
)
    returns integer
    language plpgsql
    volatile
as $function$
declare
    v_contract constant hypermind.contracts := hypermind_private.contract_version(p_subject, p_project_id, p_version);
begin
    if v_contract.version is not null and not hypermind_private.contract_accepts(v_contract, p_value) then
        perform hypermind_private.refuse_violation(v_contract, p_value);
    end if;
    return v_contract.version;
end
$function$;

comment on function hypermind_private.check_contract(text, uuid, jsonb, integer) is
$comment$Refuses a value that breaks the contract of a subject, and returns its version; NULL when there is none.

p_version: of the contract; NULL for the one in force.

Raises MH006 (contract violation), MH017 (nested too deep for its contract).$comment$;

commit;

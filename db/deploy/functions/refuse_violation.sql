-- Deploy hypermind:functions/refuse_violation to pg
-- requires: functions/program_violations
-- requires: functions/refuse
-- requires: tables/contracts

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_violation(p_contract hypermind.contracts, p_value jsonb)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_violations jsonb;
    v_first      jsonb;
begin
    select jsonb_agg(to_jsonb(v)) into v_violations
    from hypermind_private.program_violations(p_contract.program, p_value) as v;
    if v_violations is null then
        return;
    end if;

    v_first := v_violations -> 0;
    perform hypermind_private.refuse(
        'MH006',
        format('%s breaks version %s of its contract: %s %s%s',
               case when p_contract.subject like '%.%' then 'the payload of ' || p_contract.subject
                    when p_contract.subject = 'state' then 'the state' else 'the content of the ' || p_contract.subject end,
               p_contract.version, coalesce(nullif(v_first ->> 'pointer', ''), 'it'), v_first ->> 'message',
               case when jsonb_array_length(v_violations) > 1
                    then format(' (and %s more)', jsonb_array_length(v_violations) - 1) else '' end),
        jsonb_build_object('subject', p_contract.subject, 'version', p_contract.version, 'count', jsonb_array_length(v_violations),
                           'violations', v_violations),
        'Mend what the detail names. To try values: hypermind.contract_violations(); to change the contract: register a version.');
end
$function$;

comment on function hypermind_private.refuse_violation(hypermind.contracts, jsonb) is
$comment$Refuses a value that breaks a contract, with every place where it does, up to 50.

Raises MH006 (contract violation), MH017 (nested too deep for its contract).$comment$;

commit;

-- Deploy hypermind:functions/contract_version to pg
-- requires: tables/contracts

begin;

set local role hypermind_owner;

create or replace function hypermind_private.contract_version(
    p_subject text, p_project_id uuid, p_version integer default null
)
    returns hypermind.contracts
    language plpgsql
    stable
as $function$
declare
    v_contract hypermind.contracts;
begin
    select * into v_contract
    from hypermind.contracts as c
    where c.subject = p_subject
      and c.scope = case when p_subject like '%.%' and not starts_with(p_subject, 'custom.')
                         then '00000000-0000-0000-0000-000000000000' else p_project_id end
      and (p_version is null or c.version = p_version)
    order by c.version desc
    limit 1;
    return v_contract;
end
$function$;

comment on function hypermind_private.contract_version(text, uuid, integer) is
$comment$One version of the contract of a subject in a project, NULL for the latest; all NULL when there is none.$comment$;

commit;

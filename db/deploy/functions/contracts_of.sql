-- Deploy hypermind:functions/contracts_of to pg
-- requires: tables/contracts

begin;

set local role hypermind_owner;

create or replace function hypermind_private.contracts_of(p_versions jsonb, p_project_id uuid)
    returns setof hypermind.contracts
    language sql
    stable
as $function$
    select c.*
    from jsonb_each_text(p_versions) as v (event_type, version)
    join hypermind.contracts as c
      on c.subject = v.event_type
     and c.scope = case when starts_with(v.event_type, 'custom.') then p_project_id else '00000000-0000-0000-0000-000000000000' end
     and c.version = v.version::integer
$function$;

comment on function hypermind_private.contracts_of(jsonb, uuid) is
$comment$The contracts of event types in a project.

p_versions: a version for each type, as contract_versions() gives them.$comment$;

commit;

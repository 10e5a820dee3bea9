-- Deploy hypermind:functions/contract_versions to pg
-- requires: tables/contracts

begin;

set local role hypermind_owner;

create or replace function hypermind_private.contract_versions(p_events jsonb, p_project_id uuid)
    returns jsonb
    language sql
    stable
as $function$
    select coalesce(jsonb_object_agg(t.event_type, c.version), '{}')
    from (select distinct e.event_type from jsonb_to_recordset(p_events) as e (event_type text)) as t
    cross join lateral (
        select c.version
        from hypermind.contracts as c
        where c.subject = t.event_type
          and c.scope = case when starts_with(t.event_type, 'custom.') then p_project_id
                             else '00000000-0000-0000-0000-000000000000' end
        order by c.version desc
        limit 1
    ) as c
$function$;

comment on function hypermind_private.contract_versions(jsonb, uuid) is
$comment$The versions of the contracts in force for the events of a batch, by event type: looked up once, so that all that is done
with the batch goes by the same ones.$comment$;

commit;

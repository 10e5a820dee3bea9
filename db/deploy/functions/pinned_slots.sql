-- Deploy hypermind:functions/pinned_slots to pg
-- requires: tables/run_config_refs

begin;

set local role hypermind_owner;

create or replace function hypermind_private.pinned_slots(p_run_ids uuid[], p_configs uuid[], p_version integer)
    returns table (run_id uuid, slots text[], versions integer[], labels text[])
    language plpgsql
    stable
as $function$
begin
    return query
    select c.run_id, array_agg(c.slot order by c.slot), array_agg(c.version order by c.slot), array_agg(c.label order by c.slot)
    from hypermind.run_config_refs as c
    where c.run_id = any (p_run_ids) and c.config_id = any (p_configs) and (p_version is null or c.version = p_version)
    group by c.run_id;
end
$function$;

comment on function hypermind_private.pinned_slots(uuid[], uuid[], integer) is
$comment$In which slots runs pinned one of the configs, in which versions, and by which labels; p_version: in this one only.$comment$;

commit;

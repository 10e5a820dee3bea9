-- Deploy hypermind:functions/pinned_slots to pg
-- requires: tables/run_config_refs

begin;

set local role hypermind_owner;

create or replace function hypermind_private.pinned_slots(
    p_periods text[], p_counts integer[], p_run_ids uuid[], p_configs uuid[], p_version integer
)
    returns table (run_id uuid, slots text[], versions integer[], labels text[])
    language plpgsql
    stable
as $function$
declare
    v_first integer := 1;
begin
    for i in 1 .. cardinality(p_periods) loop
        for run_id, slots, versions, labels in execute format(
            'select c.run_id, array_agg(c.slot order by c.slot), array_agg(c.version order by c.slot), '
            'array_agg(c.label order by c.slot) '
            'from hypermind_private.%I as c '
            'where c.run_id = any ($1) and c.config_id = any ($2) and ($3 is null or c.version = $3) '
            'group by c.run_id', 'run_config_refs_' || p_periods[i])
        using p_run_ids[v_first : v_first + p_counts[i] - 1], p_configs, p_version
        loop
            return next;
        end loop;

        v_first := v_first + p_counts[i];
    end loop;
end
$function$;

comment on function hypermind_private.pinned_slots(text[], integer[], uuid[], uuid[], integer) is
$comment$In which slots runs pinned one of the configs, in which versions, and by which labels; p_version: in this one only.
The first three arguments are as for run_rows().$comment$;

commit;

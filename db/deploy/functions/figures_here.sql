-- Deploy hypermind:functions/figures_here to pg
-- requires: functions/period_bounds
-- requires: functions/run_tables
-- requires: functions/run_leaf
-- requires: functions/merkle_root
-- requires: functions/erasures_of

begin;

set local role hypermind_owner;

create or replace function hypermind_private.figures_here(p_period date)
    returns jsonb
    language plpgsql
    stable
as $function$
declare
    v_bounds constant record := hypermind_private.period_bounds(p_period);
    v_table  text;
    v_rows   bigint;
    v_tables jsonb := '{}';
    v_leaves bytea[];
begin
    foreach v_table in array hypermind_private.run_tables() loop
        execute format('select count(*) from hypermind.%I as t where t.run_id >= $1 and t.run_id < $2', v_table)
        into v_rows
        using v_bounds.first_id, v_bounds.next_id;
        -- Snapshots change no result, and may come later: they are not counted.
        if v_table <> 'run_state_snapshots' then
            v_tables := v_tables || jsonb_build_object(v_table, v_rows);
        end if;
    end loop;

    select array_agg(hypermind_private.run_leaf(o.run_id, o.last_seq, o.last_hash) order by o.run_id)
    into v_leaves
    from hypermind.run_outcomes as o
    where o.run_id >= v_bounds.first_id and o.run_id < v_bounds.next_id;

    return jsonb_build_object(
        'runs', v_tables -> 'runs', 'events', v_tables -> 'run_events', 'tables', v_tables,
        'erasures', hypermind_private.erasures_of(p_period),
        'merkle_root', encode(hypermind_private.merkle_root(coalesce(v_leaves, '{}')), 'hex'));
end
$function$;

comment on function hypermind_private.figures_here(date) is
$comment$What archive_figures() says, of the rows that are here.$comment$;

commit;

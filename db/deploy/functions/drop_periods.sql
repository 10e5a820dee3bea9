-- Deploy hypermind:functions/drop_periods to pg
-- requires: functions/run_tables

begin;

set local role hypermind_owner;

create or replace function hypermind_private.drop_periods()
    returns void
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_table text;
    v_leaf  regclass;
begin
    perform hypermind_private.assert_revertible();

    -- Backwards, so that no leaf goes before those that reference it.
    for v_table in select t.name from unnest(hypermind_private.run_tables()) with ordinality as t (name, ord) order by t.ord desc loop
        -- Those that are detached, too.
        for v_leaf in
            select c.oid
            from pg_class as c
            where c.relnamespace = 'hypermind_private'::regnamespace and c.relname ~ ('^' || v_table || '_p[0-9]+$') and c.relkind = 'r'
        loop
            execute format('drop table %s', v_leaf);
        end loop;
    end loop;
end
$function$;

comment on function hypermind_private.drop_periods() is
$comment$For revert scripts: drops what ensure_periods() and create_run() made at run time. Refuses while there are runs.

Raises MH019 (recorded runs would be destroyed).$comment$;

commit;

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
    v_leaves text;
begin
    perform hypermind_private.assert_revertible();

    select string_agg(i.inhrelid::regclass::text, ', ') into v_leaves
    from unnest(hypermind_private.run_tables()) as t (name)
    join pg_inherits as i on i.inhparent = format('hypermind.%I', t.name)::regclass;

    if v_leaves is not null then
        execute 'drop table ' || v_leaves;
    end if;
end
$function$;

comment on function hypermind_private.drop_periods() is
$comment$For revert scripts: drops what ensure_periods() and create_run() made at run time. Refuses while there are runs.

Raises MH019 (recorded runs would be destroyed).$comment$;

commit;

-- Deploy hypermind:functions/periods_between to pg
-- requires: functions/period_name
-- requires: functions/uuidv7_time
-- requires: tables/runs

begin;

set local role hypermind_owner;

create or replace function hypermind_private.periods_between(p_from uuid, p_before uuid)
    returns setof text
    language plpgsql
    stable
as $function$
declare
    v_from constant text := 'runs_' || hypermind_private.period_name(hypermind.uuidv7_time(p_from));
    v_to   constant text := 'runs_' || hypermind_private.period_name(hypermind.uuidv7_time(p_before));
begin
    -- Names of one length sort like their months; those of the year 10000 and after are longer. OFFSET 0: only leaves that remain
    -- are looked up and measured, not everything in pg_class.
    return query
    select substring(l.relname from 6)
    from (
        select c.oid, c.relname::text
        from pg_catalog.pg_inherits as i
        cross join lateral (select c.oid, c.relname from pg_catalog.pg_class as c where c.oid = i.inhrelid offset 0) as c
        where i.inhparent = 'hypermind.runs'::regclass
          and (length(c.relname), c.relname::text) between (length(v_from), v_from) and (length(v_to), v_to)
        offset 0
    ) as l
    where pg_relation_size(l.oid) > 0
    order by length(l.relname) desc, l.relname desc;
end
$function$;

comment on function hypermind_private.periods_between(uuid, uuid) is
$comment$The names of the periods that may hold runs with ids from p_from to before p_before, newest first. Periods without any
run, such as those made ahead, are left out: a query of each leaf is planned for itself.$comment$;

commit;

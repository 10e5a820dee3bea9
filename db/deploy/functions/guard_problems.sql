-- Deploy hypermind:functions/guard_problems to pg
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

create or replace function hypermind_private.guard_problems(p_table regclass)
    returns table (object regclass, problem text)
    language sql
    stable
    set search_path = pg_catalog, pg_temp
as $function$
    with relations as (
        -- Not pg_partition_tree(): that one locks every leaf.
        select p_table::oid as relid
        union all
        select i.inhrelid from pg_inherits as i where i.inhparent = p_table
    ),
    -- Bits of pg_trigger.tgtype: 1 row, 2 before, 8 delete, 16 update, 32 truncate.
    guards (tgtype, what) as (
        values (1 | 2 | 8 | 16, 'UPDATE and DELETE'), (2 | 32, 'TRUNCATE')
    )
    select r.relid::regclass, format('no guard that always fires against %s', g.what)
    from relations as r
    cross join guards as g
    where not exists (
        select from pg_trigger as t
        where t.tgrelid = r.relid
          and t.tgtype = g.tgtype
          and t.tgqual is null
          and t.tgattr = ''
          and t.tgfoid = 'hypermind_private.forbid_mutation()'::regprocedure
          and t.tgenabled = 'A'
    )
$function$;

comment on function hypermind_private.guard_problems(regclass) is
$comment$What is missing of the guards of an insert-only table and of every leaf of it; no row when all are there.

A guard must be ENABLE ALWAYS: others are skipped under session_replication_role = replica, and a data-only restore
or ENABLE TRIGGER ALL downgrades them without a word. Used by verify scripts and by check_integrity().$comment$;

commit;

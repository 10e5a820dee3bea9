-- Deploy hypermind:functions/parents to pg
-- requires: functions/run_tables

begin;

set local role hypermind_owner;

create or replace function hypermind_private.parents()
    returns text[]
    language sql
    immutable
    parallel safe
as $function$
    select array_agg('hypermind.' || t.name order by t.ord)
    from unnest(hypermind_private.run_tables()) with ordinality as t (name, ord)
$function$;

comment on function hypermind_private.parents() is
$comment$The partitioned run tables with their schema, in the order in which they are locked.$comment$;

commit;

-- Deploy hypermind:functions/leaves to pg
-- requires: functions/run_tables
-- requires: functions/period_name

begin;

set local role hypermind_owner;

create or replace function hypermind_private.leaves(p_period date)
    returns text[]
    language sql
    stable
as $function$
    select array_agg(format('hypermind_private.%s_%s', t.name, hypermind_private.period_name(p_period::timestamp at time zone 'UTC'))
                     order by t.ord)
    from unnest(hypermind_private.run_tables()) with ordinality as t (name, ord)
$function$;

comment on function hypermind_private.leaves(date) is
$comment$The tables of a month with their schema, attached or not, in the order of run_tables().$comment$;

commit;

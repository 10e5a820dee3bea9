-- Deploy hypermind:functions/period_state to pg
-- requires: tables/period_moves

begin;

set local role hypermind_owner;

create or replace function hypermind_private.period_state(p_period date)
    returns text
    language sql
    stable
as $function$
    select coalesce((select m.action from hypermind.period_moves as m where m.period = p_period order by m.move desc limit 1),
                    'attached')
$function$;

comment on function hypermind_private.period_state(date) is
$comment$Where the rows of a month are: attached (in the run tables), detached (in tables of their own), or dropped (in the archive, but for
runs that were restored one by one).$comment$;

commit;

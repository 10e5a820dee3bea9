-- Deploy hypermind:functions/period_start to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.period_start(p_at timestamptz)
    returns timestamptz
    language sql
    stable
    parallel safe
as $function$
    select date_trunc('month', p_at, 'UTC')
$function$;

comment on function hypermind_private.period_start(timestamptz) is
$comment$When the period that holds p_at began: the first of the month, UTC. Periods are months.$comment$;

commit;

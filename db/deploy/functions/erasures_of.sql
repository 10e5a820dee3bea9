-- Deploy hypermind:functions/erasures_of to pg
-- requires: functions/period_bounds
-- requires: tables/erasures

begin;

set local role hypermind_owner;

create or replace function hypermind_private.erasures_of(p_period date)
    returns bigint
    language plpgsql
    stable
as $function$
declare
    v_bounds constant record := hypermind_private.period_bounds(p_period);
begin
    return (select count(*) from hypermind.erasures as e where e.run_id >= v_bounds.first_id and e.run_id < v_bounds.next_id);
end
$function$;

comment on function hypermind_private.erasures_of(date) is
$comment$How many erasures of runs of a month are recorded: the number only grows.$comment$;

commit;

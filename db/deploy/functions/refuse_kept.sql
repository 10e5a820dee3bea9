-- Deploy hypermind:functions/refuse_kept to pg
-- requires: functions/refuse_unless_here
-- requires: functions/obstacles
-- requires: functions/refuse_period

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_kept(p_period date)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_reasons jsonb;
begin
    perform hypermind_private.refuse_unless_here(p_period);

    select jsonb_agg(to_jsonb(o)) into v_reasons from hypermind_private.obstacles(p_period) as o;
    if v_reasons is not null then
        perform hypermind_private.refuse_period(p_period, 'stays', v_reasons);
    end if;
end
$function$;

comment on function hypermind_private.refuse_kept(date) is
$comment$Refuses to detach a month that is not here, or that something keeps.

Raises MH016 (invalid argument), MH030 (something keeps the month), MH031 (it is retired already).$comment$;

commit;

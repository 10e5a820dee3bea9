-- Deploy hypermind:functions/drop_period to pg
-- requires: functions/refuse_snapshots
-- requires: functions/check_period
-- requires: functions/refuse_retired
-- requires: functions/refuse_period
-- requires: functions/leaves
-- requires: functions/hold_obstacles
-- requires: functions/move_briefly
-- requires: functions/record_move
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.drop_period(p_period date)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_move    hypermind.period_moves;
    v_reasons jsonb;
    v_bytes   bigint;
begin
    perform hypermind_private.refuse_snapshots();
    perform hypermind_private.check_period(p_period);
    lock table hypermind.archives in share row exclusive mode;
    lock table hypermind.holds in share mode;
    select * into v_move from hypermind.period_moves as m where m.period = p_period order by m.move desc limit 1;
    if v_move.action is distinct from 'detached' then
        perform hypermind_private.refuse_retired(
            p_period, case v_move.action when 'dropped' then 'was dropped already' else 'is not detached' end,
            'Only a month that detach_period() has taken out of the run tables can be dropped.');
    end if;
    select jsonb_agg(to_jsonb(o)) into v_reasons from hypermind_private.hold_obstacles(p_period) as o;
    if v_reasons is not null then
        perform hypermind_private.refuse_period(p_period, 'stays', v_reasons);
    end if;

    select sum(pg_total_relation_size(l.leaf::regclass)) into v_bytes
    from unnest(hypermind_private.leaves(p_period)) as l (leaf);
    perform hypermind_private.record_move(p_period, 'dropped', v_move.archive_id, v_move.runs);
    -- A table goes only together with what it says of others: their locks are waited for together with its own.
    perform hypermind_private.move_briefly(
        'access exclusive', '{hypermind.projects, hypermind.config_versions}' || hypermind_private.leaves(p_period),
        format('%s cannot be dropped now', to_char(p_period, 'YYYY-MM')),
        (select array_agg('drop table ' || t.leaf order by t.ord desc)
         from unnest(hypermind_private.leaves(p_period)) with ordinality as t (leaf, ord)));
    return v_bytes;
end
$function$;

comment on function hypermind.drop_period(date) is
$comment$Drops the tables of a month that was detached, for good, and returns how many bytes that freed. From then on only the archive has its
runs: hypermindlabs restore brings them back from there. Look after the archive before: hypermindlabs archive --verify.

p_period: the first day of the month, UTC.

Raises MH016 (invalid argument), MH030 (a hold keeps it), MH031 (it is not detached), 55P03 (the tables are in use: try again).$comment$;

grant execute on function hypermind.drop_period(date) to hypermind_operator;

commit;

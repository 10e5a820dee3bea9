-- Deploy hypermind:functions/find_events to pg
-- requires: functions/periods_between
-- requires: tables/run_events
-- requires: indexes/run_events_project_id_recorded_at_idx

begin;

set local role hypermind_owner;

create or replace function hypermind_private.find_events(
    p_projects uuid[],
    p_from     timestamptz,
    p_to       timestamptz,
    p_types    text[],
    p_limit    integer,
    p_at       timestamptz,
    p_run_id   uuid,
    p_seq      bigint
)
    returns table (period text, recorded_at timestamptz, run_id uuid, seq bigint)
    language plpgsql
    stable
as $function$
declare
    v_many    constant boolean := cardinality(p_projects) > 1;
    v_page    constant text := concat(
        'select e.recorded_at, e.run_id, e.seq from hypermind_private.%I as e '
        'where e.recorded_at >= $3 and e.recorded_at < $4 and e.project_id = ',
        case when v_many then 'p.project_id' else '$2' end,
        case when p_types is not null then ' and e.event_type = any ($5)' end,
        case when p_at is not null then ' and (e.recorded_at, e.run_id, e.seq) < ($7, $8, $9)' end,
        ' order by recorded_at desc, run_id desc, seq desc limit $6');
    v_query   constant text := format(
        'select array_agg(f.recorded_at), array_agg(f.run_id), array_agg(f.seq) from (%s) as f',
        case when v_many then format(
            'select m.* from unnest($1) as p (project_id) cross join lateral (%s) as m '
            'order by recorded_at desc, run_id desc, seq desc limit $6', v_page) else v_page end);
    v_to      constant timestamptz := least(p_to, p_at + interval '1 microsecond');
    v_from    timestamptz   := p_from;
    v_newest  timestamptz[] := '{}';
    v_ats     timestamptz[];
    v_run_ids uuid[];
    v_seqs    bigint[];
begin
    if p_projects = '{}' then
        return;
    end if;

    -- Every period: an event lies in that of its run, which may have begun long ago. Once there is a page of events, only newer
    -- ones are asked for.
    for period in
        select * from hypermind_private.periods_between(
            '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    loop
        execute format(v_query, 'run_events_' || period)
        into v_ats, v_run_ids, v_seqs
        using p_projects, p_projects[1], v_from, v_to, p_types, p_limit, p_at, p_run_id, p_seq;

        if v_ats is not null then
            return query select period, f.* from unnest(v_ats, v_run_ids, v_seqs) as f (recorded_at, run_id, seq);

            v_newest := array(select n.at from unnest(v_newest || v_ats) as n (at) order by n.at desc limit p_limit);
            v_from   := coalesce(v_newest[p_limit], v_from);
        end if;
    end loop;
end
$function$;

comment on function hypermind_private.find_events(
    uuid[], timestamptz, timestamptz, text[], integer, timestamptz, uuid, bigint
) is
$comment$Where the events are that the projects recorded from p_from to before p_to: the p_limit newest, and maybe some more,
in no order.

p_types: of these types only. p_at, p_run_id, p_seq: before this one, in the order of recorded_at, run_id and seq.$comment$;

commit;

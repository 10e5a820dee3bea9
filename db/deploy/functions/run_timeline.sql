-- Deploy hypermind:functions/run_timeline to pg
-- requires: functions/refuse_if_moved
-- requires: functions/readable_run
-- requires: functions/check_page_limit
-- requires: functions/check_types
-- requires: functions/event_preview
-- requires: functions/event_depths
-- requires: functions/period_name
-- requires: functions/uuidv7_time
-- requires: indexes/run_events_run_id_parent_seq_seq_idx
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.run_timeline(
    p_run_id    uuid,
    p_after_seq bigint  default 0,
    p_limit     integer default 100,
    p_types     text[]  default null
)
    returns table (
        seq              bigint,
        event_type       text,
        contract_version integer,
        parent_seq       bigint,
        depth            integer,
        occurred_at      timestamptz,
        recorded_at      timestamptz,
        gap              interval,
        duration         interval,
        model            text,
        tool             text,
        tags             text[],
        input_tokens     bigint,
        output_tokens    bigint,
        cost             numeric,
        preview          text,
        payload_bytes    integer,
        has_state_delta  boolean,
        erased           boolean
    )
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_run      constant hypermind.run_summaries := hypermind_private.readable_run(p_run_id);
    v_period   constant text                    := hypermind_private.period_name(hypermind.uuidv7_time(v_run.run_id));
    v_leaf     constant text                    := 'run_events_' || v_period;
    v_typed    constant boolean                 := coalesce(p_types <> '{}', false);
    v_after    constant bigint                  := coalesce(p_after_seq, 0);
    v_seqs     bigint[];            -- of a page of some types
    v_parents  bigint[]  := '{}';
    v_depths   integer[] := '{}';   -- of v_parents
    v_steps    integer[] := '{}';   -- depths of a page of all types, from v_first on
    v_first    bigint;
    v_payload  jsonb;
    v_ends_at  timestamptz;
    v_previous timestamptz;
    v_before   timestamptz;
    v_bytes    bigint    := 0;
begin
    perform hypermind_private.check_page_limit(p_limit);
    perform hypermind_private.check_types(p_types);
    perform hypermind_private.refuse_if_moved(p_run_id);

    -- A page with all events also reads the one before it, for the gap, and holds most parents itself.
    if v_typed then
        execute format(
            'select array_agg(e.seq), array_agg(distinct e.parent_seq) filter (where e.parent_seq is not null) from ('
            'select e.seq, e.parent_seq from hypermind_private.%I as e '
            'where e.run_id = $1 and e.seq > $2 and e.event_type = any ($3) order by e.seq limit $4) as e', v_leaf)
        into v_seqs, v_parents
        using p_run_id, v_after, p_types, p_limit;
        v_depths := hypermind_private.event_depths(v_period, p_run_id, v_parents);
    end if;

    for seq, event_type, contract_version, parent_seq, occurred_at, recorded_at, model, tool, tags, input_tokens, output_tokens,
        cost, has_state_delta, payload_bytes, v_payload, v_ends_at, v_previous
    in execute format(
        'select e.seq, e.event_type, e.contract_version, e.parent_seq, e.occurred_at, e.recorded_at, e.model, e.tool, e.tags, '
        'e.input_tokens, e.output_tokens, e.cost, e.state_delta is not null, pg_column_size(e.payload), e.payload, '
        '(select c.occurred_at from hypermind_private.%1$I as c where c.run_id = $1 and c.parent_seq = e.seq '
        'order by c.seq desc limit 1)'
        || case when v_typed then
            ', (select b.occurred_at from hypermind_private.%1$I as b where b.run_id = $1 and b.seq = e.seq - 1)'
            else ', null::timestamptz' end
        || ' from hypermind_private.%1$I as e where e.run_id = $1 and e.seq '
        || case when v_typed then '= any ($4)' else '>= $2' end
        || ' order by e.seq limit $3', v_leaf)
        using p_run_id, v_after, p_limit + (v_after > 0)::integer, v_seqs
    loop
        if parent_seq is null then
            depth := 0;
        elsif parent_seq >= v_first then
            depth := least(v_steps[parent_seq - v_first + 1] + 1, 64);
        else
            -- The first one that the page does not hold itself: all of these at once.
            if array_position(v_parents, parent_seq) is null then
                execute format(
                    'select array_agg(distinct e.parent_seq) from ('
                    'select e.parent_seq from hypermind_private.%I as e where e.run_id = $1 and e.seq >= $2 '
                    'order by e.seq limit $3) as e where e.parent_seq < $4', v_leaf)
                into v_parents
                using p_run_id, seq, p_limit + 1, coalesce(v_first, seq);
                v_depths := hypermind_private.event_depths(v_period, p_run_id, v_parents);
            end if;
            depth := least(v_depths[array_position(v_parents, parent_seq)] + 1, 64);
        end if;
        if not v_typed then
            v_first    := coalesce(v_first, seq);
            v_steps    := v_steps || depth;
            v_previous := v_before;
            v_before   := occurred_at;
            continue when seq = v_after;
        end if;

        gap      := occurred_at - v_previous;
        duration := v_ends_at - occurred_at;
        erased   := payload_bytes is null;
        preview  := null;
        if payload_bytes <= 131072 and v_bytes + payload_bytes <= 2097152 then
            v_bytes := v_bytes + payload_bytes;
            preview := hypermind.event_preview(v_payload);
        end if;
        return next;
    end loop;
end
$function$;

comment on function hypermind.run_timeline(uuid, bigint, integer, text[]) is
$comment$A page of a run's events in their order, as a timeline shows them. The tail of a live run: ask again for what comes
after the last seq that was seen.

p_after_seq: the seq that the page before ended with. p_limit: rows of a page, 1 to 1000. p_types: events of these types only.

depth: how many events this one is nested in, by parent_seq; 64 stands for all that are deeper. gap: since the event before it
in the run happened, shown or not. duration: until the last event that names this one as its parent; NULL when none does. So
tool.called lasts until its tool.returned and model.requested until its model.responded, even when the tools that the response
called for hang below it; a stage lasts until its last step begins.
preview: event_preview() of the payload; NULL when that takes more than 128 KiB, or those of the page more than 2 MiB.
payload_bytes: what the payload takes, compressed. erased: whether payload and state_delta were erased.

Raises MH001 (run not found), MH016 (invalid argument).$comment$;

grant execute on function hypermind.run_timeline(uuid, bigint, integer, text[]) to hypermind_reader;

commit;

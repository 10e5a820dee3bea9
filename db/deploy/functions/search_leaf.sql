-- Deploy hypermind:functions/search_leaf to pg
-- requires: functions/event_words
-- requires: functions/has_words
-- requires: indexes/run_events_text_idx

begin;

set local role hypermind_owner;

create or replace function hypermind_private.search_leaf(
    p_period     text,
    p_words      tsquery,
    p_exactly    tsquery,
    p_projects   uuid[],
    p_from       uuid,
    p_run_id     uuid,
    p_seq        bigint,
    p_limit      integer,
    p_is_first   boolean,
    p_may_read   bigint,
    out run_ids  uuid[],
    out seqs     bigint[],
    out is_small boolean,
    out has_read bigint
)
    language plpgsql
    stable
    set max_parallel_workers_per_gather = 0  -- a worker takes longer to start than a page to find
as $function$
declare
    v_few    constant integer := 1000;
    v_leaf   constant text := format('hypermind_private.%I', 'run_events_' || p_period);
    -- With literals: the planner's statistics say how many events hold these words. The words say which projects, too; that is
    -- asked all the same, in a form that the planner does not take to leave fewer.
    v_match  constant text := format(
        'select e.run_id, e.seq%s from %s as e where e.text_rule is not null and '
        'hypermind_private.event_words(e.project_id, e.event_type, e.model, e.tool, e.payload, e.text_rule) @@ %L::tsquery '
        'and case when e.project_id = any (%L::uuid[]) then true end',
        case when p_exactly is not null then ', greatest(pg_column_size(e.payload), 400) as bytes' end,
        v_leaf, p_words, p_projects);
    -- For a walk. The planner guesses how many events a range of runs has, even when one run has most of them; of a range of
    -- (run_id, seq) it takes the last run for an empty one, and would then read the words of every event in it: that is a filter.
    v_walk   constant text :=
        ' and e.run_id >= %L and e.run_id <= %L and case when (e.run_id, e.seq) < (%2$L, %L) then true end';
    v_after  constant text := ' and e.run_id >= %L and case when (e.run_id, e.seq) >= (%1$L, %L) then true end';
    -- By the text index alone: a range that no index can be used for.
    v_before constant text := ' and case when e.run_id >= %L and (e.run_id, e.seq) < (%L, %L) then true end';
    v_newest constant text := ' order by e.run_id desc, e.seq desc';
    -- Found first, by the index alone, and then sorted. Free to choose, the planner walks through a leaf when it takes a word for
    -- a frequent one. No index knows where in a text a word stands: for a phrase, the events with its words are read, from the
    -- newest on, until the page is full, or too much was read.
    v_found  constant text := 'with found as materialized (' || v_match;
    v_page   constant text :=
        ') select (select count(*) from found), array_agg(p.run_id), array_agg(p.seq), '
        || case when p_exactly is null then
               '0 from (select k.run_id, k.seq from found as k '
           else format(
               '(select coalesce(sum(bytes), 0) from found) from (select k.run_id, k.seq from ('
               'select run_id, seq, sum(bytes) over (order by run_id desc, seq desc) as bytes from found '
               'order by run_id desc, seq desc offset 0) as k '
               'cross join lateral (select from %s as e where k.bytes <= $2 and e.run_id = k.run_id and e.seq = k.seq and '
               'hypermind_private.event_words(e.project_id, e.event_type, e.model, e.tool, e.payload, e.text_rule) '
               '@@ %L::tsquery offset 0) as x ', v_leaf, p_exactly) end
        || 'order by k.run_id desc, k.seq desc limit $1) as p';
    v_next_run     uuid;
    v_next_seq     bigint;
    v_next_project uuid;
    v_left         integer;
    v_count        bigint;
    v_bytes        bigint;
    v_ids          uuid[];
    v_seqs         bigint[];
begin
    is_small := false;
    if not p_is_first then
        if not hypermind_private.has_words(v_leaf, p_words) then
            return;
        end if;
        execute v_found || format(v_before, p_from, p_run_id, p_seq) || ' limit ' || v_few + 1 || v_page
        into v_count, run_ids, seqs, has_read
        using p_limit, p_may_read;
        if v_count <= v_few then
            return;
        end if;
    end if;

    -- A word that many events hold is found among the newest 500: by walking back from the last, or by the index within these, as
    -- the planner likes.
    execute format(
        'select e.run_id, e.seq, e.project_id from %s as e where e.run_id >= $1 and (e.run_id, e.seq) < ($2, $3)%s '
        'offset 499 limit 1', v_leaf, v_newest)
    into v_next_run, v_next_seq, v_next_project
    using p_from, p_run_id, p_seq;
    is_small := v_next_run is null;
    -- What stands in a statement can be seen, in error texts and logs: no run of others.
    if v_next_project <> all (p_projects) then
        v_next_run := hypermind.uuidv7_floor(date_trunc('second', hypermind.uuidv7_time(v_next_run)));
        v_next_seq := 0;
    end if;
    execute concat(
        v_found, format(v_walk, p_from, p_run_id, p_seq),
        case when not is_small then format(v_after, v_next_run, v_next_seq) end,
        case when p_exactly is null then v_newest || ' limit ' || p_limit end, v_page)
    into v_count, run_ids, seqs, has_read
    using p_limit, p_may_read;

    -- What is not frequent there is found in the rest by the index.
    v_left := p_limit - coalesce(cardinality(seqs), 0);
    if not is_small and v_left > 0 and has_read <= p_may_read then
        execute v_found || format(v_before, p_from, v_next_run, v_next_seq) || v_page
        into v_count, v_ids, v_seqs, v_bytes
        using v_left, p_may_read - has_read;
        run_ids  := run_ids || v_ids;
        seqs     := seqs || v_seqs;
        has_read := has_read + v_bytes;
    end if;
end
$function$;

comment on function hypermind_private.search_leaf(
    text, tsquery, tsquery, uuid[], uuid, uuid, bigint, integer, boolean, bigint
) is
$comment$The keys of the newest events of a period that match, at most p_limit, newest first; NULL when there are none.

p_words: the words, and the lexemes of event_words() that narrow them to projects, types, model and tool. p_exactly: what of the
events that have these words has to be read for, a phrase; or NULL. p_projects: whatever the words say, only events of these are
returned. p_from: the first run. p_run_id, p_seq: only events before this one.
p_is_first: nothing is known yet of the words. Otherwise they were rare in a later period, and the index is asked first. is_small:
there are so few events that nothing is known still. p_may_read: at most so many bytes of payloads are read for p_exactly;
has_read: how many the events with the words have. If that is more and the page not full, there may be others.

What it costs does not depend on the planner being right: a common word is looked for among the newest 500 events of the period,
and what is not common among these by the index, in time that grows with the events of these projects that have the words.$comment$;

commit;

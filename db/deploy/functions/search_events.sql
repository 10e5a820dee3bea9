-- Deploy hypermind:functions/search_events to pg
-- requires: functions/search_leaf
-- requires: functions/text_query
-- requires: functions/text_snippet
-- requires: functions/filter_words
-- requires: functions/event_text
-- requires: functions/readable_projects
-- requires: functions/readable_run
-- requires: functions/check_page_limit
-- requires: functions/cursor_position
-- requires: functions/periods_between
-- requires: functions/refuse_argument
-- requires: functions/uuidv7_floor
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.search_events(
    p_query      text,
    p_project_id uuid        default null,
    p_workspace  text        default null,
    p_types      text[]      default null,
    p_model      text        default null,
    p_tool       text        default null,
    p_from       timestamptz default null,
    p_to         timestamptz default null,
    p_run_id     uuid        default null,
    p_limit      integer     default 20,
    p_cursor     text        default null
)
    returns table (
        run_id      uuid,
        seq         bigint,
        project_id  uuid,
        event_type  text,
        occurred_at timestamptz,
        snippet     text,
        truncated   boolean,
        cursor      text
    )
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_after    constant text[] := hypermind_private.cursor_position('search_events', p_cursor, 'UUID:NUMBER');
    v_query    tsquery;
    v_words    tsquery;
    v_exactly  tsquery;
    v_projects uuid[];
    v_from     uuid := coalesce(hypermind.uuidv7_floor(p_from), '00000000-0000-0000-0000-000000000000');
    v_run_id   uuid := coalesce(hypermind.uuidv7_floor(p_to), 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    v_seq      bigint := 0;
    -- Of the first moment that is not asked for, not even the period is touched.
    v_last     uuid := coalesce(
        hypermind.uuidv7_floor(case when p_to > 'epoch' then p_to - interval '1 ms' else p_to end),
        'ffffffff-ffff-ffff-ffff-ffffffffffff');
    v_period   text;
    v_is_first boolean := true;
    v_missing  integer := p_limit;
    v_may_read bigint := 4194304;
    v_found    record;
    v_run_ids  uuid[] := '{}';
    v_seqs     bigint[] := '{}';
    v_rows     bigint;
begin
    perform hypermind_private.check_page_limit(p_limit);
    v_query := hypermind_private.text_query(p_query);
    -- A phrase is searched for by its words.
    if v_query::text ~ '<(-|[0-9]+)>' then
        v_exactly := v_query;
        v_words   := regexp_replace(querytree(v_query), '<(-|[0-9]+)>', '&', 'g')::tsquery;
    else
        v_words := v_query;
    end if;
    v_words := coalesce(v_words && hypermind_private.filter_words(p_types, p_model, p_tool), v_words);

    v_projects := hypermind_private.readable_projects(p_project_id, p_workspace);
    if p_run_id is not null then
        v_projects := array(
            select (hypermind_private.readable_run(p_run_id)).project_id intersect select p.id from unnest(v_projects) as p (id));
        v_from     := greatest(v_from, p_run_id);
        if v_run_id > p_run_id then
            v_run_id := p_run_id;
            v_seq    := 9223372036854775807;
        end if;
    end if;
    if v_after is not null and (v_after[1]::uuid, v_after[2]::bigint) < (v_run_id, v_seq) then
        v_run_id := v_after[1];
        v_seq    := v_after[2];
    end if;
    if v_projects = '{}' or v_from > v_run_id then
        return;
    end if;

    -- Beyond some number the projects' own words cost more than they spare.
    if cardinality(v_projects) <= 20 then
        v_words := (select string_agg(format('''=p%s''', p.id), ' | ') from unnest(v_projects) as p (id))::tsquery && v_words;
    end if;

    for v_period in select p from hypermind_private.periods_between(v_from, least(v_last, v_run_id)) as p loop
        select * into v_found
        from hypermind_private.search_leaf(
            v_period, v_words, v_exactly, v_projects, v_from, v_run_id, v_seq, v_missing, v_is_first, v_may_read) as l;
        v_is_first := v_is_first and v_found.is_small;
        v_missing  := v_missing - coalesce(cardinality(v_found.seqs), 0);
        v_may_read := v_may_read - v_found.has_read;
        if v_missing > 0 and v_may_read < 0 then
            perform hypermind_private.refuse_argument(
                'p_query', 'p_query has a phrase whose words stand in too many events that have to be read for it',
                'Add a rarer word, ask for fewer rows, or narrow the search by time, run, type, model or tool.');
        end if;
        v_run_ids := v_run_ids || v_found.run_ids;
        v_seqs    := v_seqs || v_found.seqs;
        exit when v_missing = 0;
    end loop;

    if v_run_ids = '{}' then
        return;
    end if;

    -- All at once, and each by its key; the runs are said twice, so that only their periods are planned for.
    return query
    select e.run_id, e.seq, e.project_id, e.event_type, e.occurred_at, hypermind_private.text_snippet(t.words, v_query),
           length(t.words) >= 100000, 'search_events:' || e.run_id || ':' || e.seq
    from (
        select x.*, sum(x.bytes) filter (where x.bytes <= 1048576) over (order by k.n) as so_far, k.n
        from unnest(v_run_ids, v_seqs) with ordinality as k (run_id, seq, n)
        cross join lateral (
            select v.run_id, v.seq, v.project_id, v.event_type, v.occurred_at, v.payload, v.text_rule, pg_column_size(v.payload) as bytes
            from hypermind.run_events as v
            where v.run_id = k.run_id and v.seq = k.seq and v.run_id = any (v_run_ids)
            offset 0
        ) as x
    ) as e
    left join lateral (
        select hypermind.event_text(e.payload, e.text_rule) offset 0
    ) as t (words) on e.bytes <= 1048576 and e.so_far <= 4194304
    order by e.n;

    -- What was found in a month that has been detached since: a page that lacked it would look like the last one.
    get diagnostics v_rows = row_count;
    if v_rows <> cardinality(v_run_ids) then
        raise exception using
            errcode = '40001',
            message = 'a month left the run tables while it was searched',
            hint    = 'Run the transaction again.';
    end if;
end
$function$;

comment on function hypermind.search_events(
    text, uuid, text, text[], text, text, timestamptz, timestamptz, uuid, integer, text
) is
$comment$A page of the events that the caller may read and whose text holds some words, newest first: by the start of their runs,
and in a run the last first.

p_query: words that must all be there, "words in this order", or between alternatives, -word for what must not be there; upper and
lower case are the same, of letters that the database's locale knows. At most 1,000 characters and 64 words, one of which must be
there. What a contract calls text is searched (docs/contracts.md): the first 100,000 characters of it, without words of over 2,046
bytes. For a phrase, events with its words are read, 4 MiB of payloads at most: when that does not fill the page, it is refused.
p_project_id, p_workspace: one project, or all readable projects of a workspace; by default all that the caller reads.
p_types: event types, one of which it has. p_model, p_tool: the event's own.
p_from, p_to: its run was created from the one moment to before the other, by the time in its id; only these periods are read.
p_run_id: one run. p_limit: rows of a page, 1 to 1000. p_cursor: the cursor of the last row of the page before.

snippet: one line of the text with what was found as ⟦word⟧ (see text_snippet()); payloads are not trusted, so escape it.
truncated: the text has 100,000 characters or more, and what comes after them is not searched.
Both are NULL for a payload that takes more than 1 MiB, and for those beyond 4 MiB of a page.

Raises MH001 (run not found), MH015 (project not found), MH016 (invalid argument), MH032 (run archived), 40001 (run the transaction
again).$comment$;

grant execute on function hypermind.search_events(
    text, uuid, text, text[], text, text, timestamptz, timestamptz, uuid, integer, text
) to hypermind_reader;

commit;

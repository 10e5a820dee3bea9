-- Deploy hypermind:indexes/run_events_text_idx to pg
-- requires: tables/run_events
-- requires: functions/event_words

begin;

set local role hypermind_owner;

-- search_events(): the events that hold some words, of a project, type, model and tool.
-- The pending list halves what the index costs an append. A search reads it through, and the append that fills it empties it:
-- it is kept short.
create index run_events_text_idx on hypermind.run_events
    using gin (hypermind_private.event_words(project_id, event_type, model, tool, payload, text_rule))
    with (fastupdate = on, gin_pending_list_limit = 256)
    where text_rule is not null;

-- How frequent which word is: the planner does not use what it knows of the expression of a partial index. LIKE gives it to
-- every leaf.
create statistics hypermind.run_events_text_stat
    on (hypermind_private.event_words(project_id, event_type, model, tool, payload, text_rule)) from hypermind.run_events;
alter statistics hypermind.run_events_text_stat set statistics 0;  -- of the leaves only

commit;

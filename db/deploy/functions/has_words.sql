-- Deploy hypermind:functions/has_words to pg
-- requires: functions/event_words
-- requires: tables/run_events

begin;

set local role hypermind_owner;

-- Only the text index is left to the planner: for one row it might otherwise read the whole leaf.
create or replace function hypermind_private.has_words(p_leaf text, p_words tsquery)
    returns boolean
    language plpgsql
    stable
    set enable_seqscan = off
    set enable_indexscan = off
as $function$
declare
    v_found boolean;
begin
    execute format(
        'select true from %s as e where e.text_rule is not null and '
        'hypermind_private.event_words(e.project_id, e.event_type, e.model, e.tool, e.payload, e.text_rule) @@ %L::tsquery '
        'limit 1', p_leaf, p_words)
    into v_found;

    return v_found is not null;
end
$function$;

comment on function hypermind_private.has_words(text, tsquery) is
$comment$Whether any event of a leaf has the words: a statement that is planned in a quarter of the time that search_leaf() takes
for its own.$comment$;

commit;

-- Deploy hypermind:functions/run_words to pg
-- requires: functions/tag_word
-- requires: functions/config_word
-- requires: functions/label_word

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_words(p_project_id uuid, p_tags text[], p_configs uuid[], p_versions integer[], p_labels text[])
    returns bytea[]
    language sql
    immutable
    parallel safe
as $function$
    select array(
        select distinct w.word
        from (
            select hypermind_private.tag_word(p_project_id, t.tag) from unnest(p_tags) as t (tag)
            union all
            select hypermind_private.config_word(c.config_id, v.version)
            from unnest(p_configs, p_versions) as c (config_id, version)
            cross join lateral unnest(array[null, c.version]) as v (version)
            union all
            select hypermind_private.label_word(c.config_id, c.label)
            from unnest(p_configs, p_labels) as c (config_id, label)
            where c.label is not null
        ) as w (word)
        order by w.word)
$function$;

comment on function hypermind_private.run_words(uuid, text[], uuid[], integer[], text[]) is
$comment$run_summaries.words of a run: its tags, the configs that it pinned, in their versions and in any, and by which
labels. p_configs, p_versions, p_labels: what it pinned; NULL when nothing.$comment$;

commit;

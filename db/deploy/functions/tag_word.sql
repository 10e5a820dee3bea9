-- Deploy hypermind:functions/tag_word to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.tag_word(p_project_id uuid, p_tag text)
    returns bytea
    language sql
    immutable
    parallel safe
as $function$
    select substring(sha256(uuid_send(p_project_id) || convert_to(p_tag, 'UTF8')) for 12)
$function$;

comment on function hypermind_private.tag_word(uuid, text) is
$comment$A tag of a project as run_summaries.words has it. With the project in it, a tag is found in one project, however many runs
of other projects have it too. A digest and not the tag: the planner reads the thousand most frequent words for every plan.$comment$;

commit;

-- Deploy hypermind:functions/project_tags to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

-- An index is made of what this returns: it may never change.
create or replace function hypermind_private.project_tags(p_project_id uuid, p_tags text[])
    returns bytea[]
    language sql
    immutable
    parallel safe
as $function$
    select array(
        select substring(sha256(uuid_send(p_project_id) || convert_to(t.tag, 'UTF8')) for 12) from unnest(p_tags) as t (tag))
$function$;

comment on function hypermind_private.project_tags(uuid, text[]) is
$comment$A run's tags, each as a short digest of its project and itself. A GIN index of these finds a tag of one project,
however many runs of other projects have it too. Digests and not words: the planner reads the thousand most frequent of them
for every plan.$comment$;

commit;

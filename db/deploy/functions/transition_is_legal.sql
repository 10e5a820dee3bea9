-- Deploy hypermind:functions/transition_is_legal to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.transition_is_legal(p_from text, p_to text)
    returns boolean
    language sql
    immutable
    parallel safe
as $function$
    select (p_from, p_to) in (
        ('queued', 'running'), ('queued', 'cancelled'), ('queued', 'failed'),
        ('running', 'paused'), ('running', 'completed'), ('running', 'failed'), ('running', 'cancelled'),
        ('paused', 'running'), ('paused', 'cancelled'), ('paused', 'failed'))
$function$;

comment on function hypermind_private.transition_is_legal(text, text) is
$comment$Whether a run may go from one status to another: the arrows of the drawing in tables/run_heads.$comment$;

commit;

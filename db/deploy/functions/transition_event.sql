-- Deploy hypermind:functions/transition_event to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.transition_event(p_from text, p_to text)
    returns text
    language sql
    immutable
    parallel safe
as $function$
    select case when p_to <> 'running' then 'run.' || p_to
                when p_from = 'paused' then 'run.resumed'
                else 'run.started' end
$function$;

comment on function hypermind_private.transition_event(text, text) is
$comment$The event type that a transition is recorded as.$comment$;

commit;

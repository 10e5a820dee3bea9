-- Deploy hypermind:functions/replaces_state to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.replaces_state(p_delta jsonb)
    returns boolean
    language sql
    immutable
    parallel safe
as $function$
    select jsonb_typeof(p_delta) = 'array' and p_delta #>> '{0, path}' = '' and p_delta #>> '{0, op}' in ('add', 'replace')
$function$;

comment on function hypermind_private.replaces_state(jsonb) is
$comment$Whether a state_delta begins with putting another state into the place of the whole one, so that what was before does not
matter.$comment$;

commit;

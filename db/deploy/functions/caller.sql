-- Deploy hypermind:functions/caller to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.caller()
    returns name
    language sql
    stable
    parallel safe
as $function$
    select coalesce(nullif(current_setting('role'), 'none'), session_user)::name
$function$;

comment on function hypermind_private.caller() is
$comment$The role on whose behalf a SECURITY DEFINER function runs: what SET ROLE chose, else the session's user.
current_user would be the owner. No custom setting takes part: anyone who can run SQL could set it.$comment$;

commit;

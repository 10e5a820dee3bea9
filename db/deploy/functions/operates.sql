-- Deploy hypermind:functions/operates to pg
-- requires: functions/caller
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind_private.operates()
    returns boolean
    language sql
    stable
    parallel safe
as $function$
    select pg_has_role(hypermind_private.caller(), 'hypermind_operator', 'USAGE')
           and not pg_has_role(hypermind_private.caller(), 'hypermind_owner', 'USAGE')
$function$;

comment on function hypermind_private.operates() is
$comment$Whether the caller decides what is kept and what is erased: members of hypermind_operator do, in every project.

Superusers and members of hypermind_owner do not by themselves: they say SET ROLE first, as with acts_for().$comment$;

commit;

-- Deploy hypermind:functions/acts_for to pg
-- requires: functions/caller

begin;

set local role hypermind_owner;

create or replace function hypermind_private.acts_for(p_role text)
    returns boolean
    language sql
    stable
    parallel safe
as $function$
    select coalesce(pg_has_role(hypermind_private.caller(), to_regrole(quote_ident(p_role))::oid, 'USAGE'), false)
           and not pg_has_role(hypermind_private.caller(), 'hypermind_owner', 'USAGE')
$function$;

comment on function hypermind_private.acts_for(text) is
$comment$Whether the caller is a member of a project's role. A role that was dropped has no members.

Superusers and members of hypermind_owner act in no project by themselves: they say SET ROLE first. PostgreSQL runs the index
expressions of anybody's table in ANALYZE and in autovacuum, where the session's user is a superuser.

Tests USAGE, not MEMBER: from PostgreSQL 16 on, whoever made a role is MEMBER of it without having its rights.$comment$;

commit;

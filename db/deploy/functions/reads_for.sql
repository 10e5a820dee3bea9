-- Deploy hypermind:functions/reads_for to pg
-- requires: functions/acts_for
-- requires: roles/hypermind_auditor

begin;

set local role hypermind_owner;

create or replace function hypermind_private.reads_for(p_role text)
    returns boolean
    language sql
    stable
    parallel safe
as $function$
    select hypermind_private.acts_for(p_role)
           or pg_has_role(hypermind_private.caller(), 'hypermind_auditor', 'USAGE')
              and not pg_has_role(hypermind_private.caller(), 'hypermind_owner', 'USAGE')
$function$;

comment on function hypermind_private.reads_for(text) is
$comment$Whether the caller may read the project that names p_role: its members may, and auditors.$comment$;

commit;

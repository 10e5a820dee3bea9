-- Deploy hypermind:functions/holds_on_run to pg
-- requires: functions/holds_covering
-- requires: tables/hold_releases

begin;

set local role hypermind_owner;

create or replace function hypermind_private.holds_on_run(p_run_id uuid)
    returns setof uuid
    language sql
    stable
as $function$
    select c.hold_id
    from hypermind_private.holds_covering(p_run_id) as c (hold_id)
    where not exists (select from hypermind.hold_releases as r where r.hold_id = c.hold_id)
$function$;

comment on function hypermind_private.holds_on_run(uuid) is
$comment$The holds in force that a run falls under: while there is one, it is neither erased nor retired.$comment$;

commit;

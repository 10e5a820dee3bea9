-- Deploy hypermind:functions/held_run to pg
-- requires: tables/run_summaries
-- requires: tables/hold_releases
-- requires: functions/hold_word

begin;

set local role hypermind_owner;

create or replace function hypermind_private.held_run(p_from uuid, p_before uuid, out run_id uuid, out hold_id uuid)
    language plpgsql
    stable
as $function$
begin
    select s.run_id, h.hold_id into held_run.run_id, held_run.hold_id
    from hypermind.holds as h
    cross join lateral (
        select s.run_id
        from hypermind.run_summaries as s
        where s.project_id = h.project_id
          and s.run_id >= greatest(p_from, h.run_id) and s.run_id < p_before
          and (h.run_id is null or s.run_id = h.run_id)
          and (h.config_id is null or s.words @> array[hypermind_private.hold_word(h)])
        order by s.run_id
        limit 1
    ) as s
    where not exists (select from hypermind.hold_releases as r where r.hold_id = h.hold_id)
    order by s.run_id, h.placed_at, h.hold_id
    limit 1;
end
$function$;

comment on function hypermind_private.held_run(uuid, uuid) is
$comment$The first run between two ids, archived or not, that a hold in force covers, and the hold; NULL when none is.$comment$;

commit;

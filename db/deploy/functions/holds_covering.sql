-- Deploy hypermind:functions/holds_covering to pg
-- requires: tables/run_summaries
-- requires: functions/hold_word

begin;

set local role hypermind_owner;

create or replace function hypermind_private.holds_covering(p_run_id uuid)
    returns setof uuid
    language plpgsql
    stable
as $function$
begin
    return query
    select h.hold_id
    from hypermind.run_summaries as s
    join hypermind.holds as h on h.project_id = s.project_id
    where s.run_id = p_run_id
      and case when h.run_id is not null then h.run_id = p_run_id
               when h.config_id is not null then hypermind_private.hold_word(h) = any (s.words)
               else true end;
end
$function$;

comment on function hypermind_private.holds_covering(uuid) is
$comment$The holds that a run, archived or not, falls under, in force or released: on itself, on a version that it pinned, on a label that
it pinned a version by, or on its project.$comment$;

commit;

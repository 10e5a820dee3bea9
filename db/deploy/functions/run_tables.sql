-- Deploy hypermind:functions/run_tables to pg
-- requires: tables/runs
-- requires: tables/run_outcomes
-- requires: tables/run_config_refs
-- requires: tables/run_events
-- requires: tables/run_state_snapshots
-- requires: tables/run_artifacts

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_tables()
    returns text[]
    language sql
    immutable
    parallel safe
as $function$
    select '{runs, run_events, run_outcomes, run_config_refs, run_state_snapshots, run_artifacts}'::text[]
$function$;

comment on function hypermind_private.run_tables() is
$comment$The partitioned tables of schema hypermind, in the order in which a period locks and makes its leaves.$comment$;

commit;

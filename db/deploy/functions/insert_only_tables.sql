-- Deploy hypermind:functions/insert_only_tables to pg
-- requires: functions/run_tables

begin;

set local role hypermind_owner;

create or replace function hypermind_private.insert_only_tables()
    returns text[]
    language sql
    immutable
    parallel safe
as $function$
    select '{config_entities, config_versions, config_label_history, contracts, retention_policies, holds, hold_releases, erasures,
             erased_hashes, run_tools, archives, archive_runs, period_moves, digests, digest_leaves}'
        || hypermind_private.run_tables()
$function$;

comment on function hypermind_private.insert_only_tables() is
$comment$The names of the tables in which nothing is ever updated, deleted or truncated: each needs its guards (guard_problems).$comment$;

commit;

-- Deploy hypermind:functions/check_integrity to pg
-- requires: functions/structure_problems
-- requires: functions/orphan_problems
-- requires: functions/rollup_problems
-- requires: functions/digest_problems
-- requires: roles/hypermind_auditor
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.check_integrity()
    returns table (object text, problem text)
    language sql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
    select * from hypermind_private.structure_problems()
    union all
    select * from hypermind_private.orphan_problems()
    union all
    select * from hypermind_private.rollup_problems()
    union all
    select * from hypermind_private.digest_problems()
$function$;

comment on function hypermind.check_integrity() is
$comment$What is wrong anywhere in the ledger, a row a problem; no row when all is well. Looks for orphans and gaps in every run, checks
guards, row-level security, grants, policies and function rights of every table, leaf and function, the stored figures against the
ended runs, and the digests against each other and against the runs.

Run it after a restore, and from time to time. It reads every event; verify_run() proves the contents of one run.$comment$;

grant execute on function hypermind.check_integrity() to hypermind_auditor, hypermind_operator;

commit;

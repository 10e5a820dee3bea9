-- Deploy hypermind:functions/guard_checks to pg
-- requires: functions/guard_problems
-- requires: functions/insert_only_tables

begin;

set local role hypermind_owner;

create or replace function hypermind_private.guard_checks()
    returns table (check_name text, verdict text, value numeric, unit text, meaning text, hint text)
    language sql
    stable
as $function$
    select 'guards', case when p.problems > 0 then 'critical' else 'ok' end, p.problems, 'problems',
           'Guards against UPDATE, DELETE and TRUNCATE, of every insert-only table and leaf, that are missing or do not always fire.',
           'hypermind.check_integrity() names each of them.'
    from (
        select count(*) as problems
        from unnest(hypermind_private.insert_only_tables()) as t (name)
        cross join lateral hypermind_private.guard_problems(('hypermind.' || t.name)::regclass) as g
    ) as p
$function$;

comment on function hypermind_private.guard_checks() is
$comment$Checks of guards, for health(). check_integrity() looks at rights and policies, too.$comment$;

commit;

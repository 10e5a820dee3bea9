-- set_retention_policy() and retention_policy(): how long runs are kept, in numbered versions; what contradicts itself is refused.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(51);

-- The policy in force, on one line: origin, version, at least, at most, archive after.
create function pg_temp.in_force(p_project_id uuid) returns text language sql as $function$
    select concat_ws(' ', p.origin, p.version, p.keep_at_least, coalesce(p.keep_at_most::text, '-'), coalesce(p.archive_after::text, '-'))
    from hypermind.retention_policy(p_project_id) as p
$function$;

-- Without any.
set local role carol;
select is(pg_temp.in_force(:'project_a'), 'none - -', 'without a policy everything is kept for good');
select is(pg_temp.in_force(null), 'none - -', 'the ledger has none, either');
select is((select count(*) from hypermind.retention_policy(:'project_a')), 1::bigint, 'it is one row all the same');

-- The default, and a project's own.
set local role oscar;
select is(hypermind.set_retention_policy(null, 0, null, 90, 'as agreed', 0), 1, 'the default of the ledger');
select is(pg_temp.in_force(:'project_a'), 'ledger 1 0 - 90', 'it holds where a project has none of its own');
select is(hypermind.set_retention_policy(:'project_a', 30, 365, 90, 'GDPR', 0), 1, 'one of a project: numbers count by themselves');
select is(pg_temp.in_force(:'project_a'), 'project 1 30 365 90', 'which holds there');
select is(pg_temp.in_force(null), 'ledger 1 0 - 90', 'and nowhere else');
select is(hypermind.set_retention_policy(:'project_a', 3650, null, null, 'a lawsuit'), 2, 'the next');
select is(pg_temp.in_force(:'project_a'), 'project 2 3650 - -', 'takes its place');
select is(hypermind.set_retention_policy(null, 0, 36500, 36500, 'tidy'), 2, 'the largest numbers there are');
select is(pg_temp.in_force(:'project_a'), 'project 2 3650 - -', 'a new default changes nothing for a project with its own');
set local role bob;
select is(pg_temp.in_force(:'project_b'), 'ledger 2 0 36500 36500', 'and does for one without');
set local role oscar;
select results_eq(
    format('select version, keep_at_least, keep_at_most, archive_after, reason, set_by from hypermind.retention_policies '
           'where project_id = %L order by version', :'project_a'),
    $$ values (1, 30, 365, 90, 'GDPR', 'oscar'), (2, 3650, null, null, 'a lawsuit', 'oscar') $$,
    'who set what, and why, is kept');

-- The same again; two at once.
select is(hypermind.set_retention_policy(:'project_a', 3650, null, null, 'a lawsuit', 1), 2, 'a retry returns the same version');
select is(hypermind.set_retention_policy(:'project_a', 3650, null, null, 'a lawsuit'), 2, 'so does the same again');
select is(hypermind.set_retention_policy(:'project_a', 3650, null, null, 'another lawsuit', 2), 3, 'another reason is another policy');
select pg_temp.refuses(
    format('select hypermind.set_retention_policy(%L, 1, 2, 1, ''mine'', %s)', :'project_a', t.expected), 'MH014',
    format('the retention policy is at version 3, not at %s', t.expected),
    jsonb_build_object('project_id', :'project_a', 'expected_version', t.expected, 'actual_version', 3), t.what)
from (values (2, 'who has not seen the latest is refused'), (0, 'or thinks that there is none'), (4, 'or one to come')) as t (expected, what);
select pg_temp.refuses(
    'select hypermind.set_retention_policy(null, 1, 2, 1, ''mine'', 1)', 'MH014', 'the retention policy is at version 2, not at 1',
    '{"project_id": null, "expected_version": 1, "actual_version": 2}', 'the same for the default');

-- What makes no sense.
select pg_temp.refuses(
    format('select hypermind.set_retention_policy(null, %s)', t.arguments), 'MH016', t.message,
    jsonb_build_object('argument', t.argument), t.message)
from (values
    ('null, null, null, ''x''', 'p_keep_at_least', 'p_keep_at_least is null: it must be a number of days'),
    ('-1, null, null, ''x''', 'p_keep_at_least', 'p_keep_at_least is -1: it must be a number of days from 0 to 36500'),
    ('36501, null, null, ''x''', 'p_keep_at_least', 'p_keep_at_least is 36501: it must be a number of days from 0 to 36500'),
    ('0, 0, null, ''x''', 'p_keep_at_most', 'p_keep_at_most is 0: it must be a number of days from 1 to 36500'),
    ('0, -5, null, ''x''', 'p_keep_at_most', 'p_keep_at_most is -5: it must be a number of days from 1 to 36500'),
    ('0, 2147483647, null, ''x''', 'p_keep_at_most', 'p_keep_at_most is 2147483647: it must be a number of days from 1 to 36500'),
    ('0, null, -1, ''x''', 'p_archive_after', 'p_archive_after is -1: it must be a number of days from 0 to 36500'),
    ('0, null, 36501, ''x''', 'p_archive_after', 'p_archive_after is 36501: it must be a number of days from 0 to 36500'),
    ('30, 29, null, ''x''', 'p_keep_at_most', 'a run cannot be kept for at least 30 days and at most 29'),
    ('30, 60, 61, ''x''', 'p_archive_after', 'a run that is kept for at most 60 days cannot be archived after 61'),
    ('30, 60, 30, null', 'p_reason', 'p_reason is null: it must have 1 to 2000 characters'),
    ('30, 60, 30, ''''', 'p_reason', 'p_reason has 0 characters: it must have 1 to 2000 characters'),
    ('30, 60, 30, repeat(''x'', 2001)', 'p_reason', 'p_reason has 2001 characters: it must have 1 to 2000 characters')
) as t (arguments, argument, message);
select is(hypermind.set_retention_policy(null, 30, 30, 30, 'x'), 3, 'all three may be the same');
select is((select count(*) from hypermind.retention_policies), 6::bigint, 'nothing that was refused left a trace');

-- Not even past the functions.
set local role hypermind_owner;
select is(pg_temp.refusal(format(
              'insert into hypermind.retention_policies (version, keep_at_least, keep_at_most, archive_after, project_id, reason, set_by, '
              'set_at) values (%s, null, ''x'', ''x'', now())', t.values)) ->> 'code', '23514', t.what)
from (values ('9, 2, 1, null', 'the table refuses what contradicts itself'), ('9, 2, 3, 4', 'archives of what is gone'),
             ('9, -1, null, null', 'and days before the end')) as t (values, what);
reset role;

-- Who may.
set local role oscar;
select pg_temp.refuses(format('select hypermind.set_retention_policy(%L, 1, 2, 1, ''x'')', t.project), 'MH015',
                       format('project %s does not exist', t.project), jsonb_build_object('project_id', t.project), t.what)
from (values (:'project_b', 'an operator sets none for a project of others'), (:'unknown_run', 'nor for one that there is not'))
    as t (project, what);
select pg_temp.refuses(format('select * from hypermind.retention_policy(%L)', t.project), 'MH015',
                       format('project %s does not exist', t.project), jsonb_build_object('project_id', t.project), t.what)
from (values (:'project_b', 'nor is one of others shown'), (:'unknown_run', 'nor one of nobody')) as t (project, what);
set local role bob;
select is((select array_agg(distinct coalesce(project_id::text, 'ledger')) from hypermind.retention_policies), '{ledger}',
          'a reader sees the default, and those of the own projects');
set local role audrey;
select is(pg_temp.in_force(:'project_a'), 'project 3 3650 - -', 'an auditor sees all');
select is(pg_temp.refusal('select hypermind.set_retention_policy(null, 1, 2, 1, ''x'')') ->> 'code', '42501', 'and sets none');
set local role alice;
select is(pg_temp.refusal('select hypermind.set_retention_policy(null, 1, 2, 1, ''x'')') ->> 'code', '42501', 'nor does a writer');

-- Kept.
reset role;
select is(pg_temp.refusal(t.statement) ->> 'code', 'MH004', t.what)
from (values ('update hypermind.retention_policies set keep_at_least = 0', 'a policy is not changed'),
             ('delete from hypermind.retention_policies', 'nor deleted'), ('truncate hypermind.retention_policies', 'nor truncated'))
    as t (statement, what);
set local role audrey;
select is_empty('select * from hypermind.check_integrity()', 'all is well');

select * from finish();
rollback;

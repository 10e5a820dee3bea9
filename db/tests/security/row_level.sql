-- Who sees which rows, through tables, views and functions.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(21);

-- A project of bob's with as much in it.
set local role alice;
select hypermind.register_event_type('custom.a', '{}', :'project_a') as ignored \gset
select hypermind.register_event_type('custom.a', '{"title": "A"}', :'project_a') as ignored \gset
select hypermind.register_contract(:'project_a', 'state', '{}') as ignored \gset
set local role bob;
select hypermind.register_event_type('custom.a', '{}', :'project_b') as ignored \gset
select hypermind.register_contract(:'project_b', 'prompt', '{}') as ignored \gset
select hypermind.register_config(:'project_b', 'prompt', 'greeting', '{"text": "B"}') as ignored \gset
select hypermind.label_config(:'project_b', 'prompt', 'greeting', 'production', 1) as ignored \gset
select hypermind.create_run(:'project_b', 'chat',
                            '{"p": {"kind": "prompt", "name": "greeting", "version": 1}}') as run_of_b \gset
select hypermind.attach_artifact(:'run_of_b', 'file', 'file:///b', sha256('b'), 1) as ignored \gset
select hypermind.append_event(:'run_of_b', 'a.b', '{}', '{"b": 1}') as ignored \gset
select hypermind.transition_run(:'run_of_b', 'failed') as ignored \gset
select hypermind.create_run(:'project_b', 'chat') as open_run_of_b \gset
set local role oscar;
select count(hypermind.release_hold(hypermind.place_hold(p, 'a dispute'), 'settled')) as ignored
from unnest(array[:'project_a', :'project_b']::uuid[]) as p \gset
select sum(e.events) as ignored
from unnest(array[:'ended_run', :'run_of_b']::uuid[]) as r, hypermind.erase_payload(r, 3, 'personal data') as e \gset
reset role;
insert into hypermind.rollups
select * from hypermind_private.run_figures((select array_agg(q.run_id) from hypermind.rollup_pending as q), '{run}');

insert into hypermind.archives (
    archive_id, period, location, manifest, manifest_sha256, merkle_root, runs, events, erasures, archived_by, archived_at
)
values (:'unknown_run', '2026-01-01', 's3://bucket', '{}', '', '', 1, 1, 0, 'nobody', now());
insert into hypermind.archive_runs (archive_id, run_id, project_id, last_seq, last_hash)
select :'unknown_run', r.run_id, r.project_id, 1, '' from hypermind.runs as r where r.run_id in (:'ended_run', :'run_of_b');
insert into hypermind.retention_policies (version, keep_at_least, project_id, reason, set_by, set_at)
select 1, 30, p.project_id, 'a test', 'nobody', now() from unnest(array[:'project_a', :'project_b', null]::uuid[]) as p (project_id);

-- How many rows of A, of B and of neither somebody sees, a table or view at a time; in hypermind every one has a
-- project_id, but three, and what is of no project (maintain.sql, record_archive.sql,
-- issue_digest.sql). 21 contracts and a policy are of the whole ledger.
create function pg_temp.sees(p_who text, p_project_a uuid, p_project_b uuid) returns text language plpgsql as $function$
declare
    v_relation record;
    v_a        bigint;
    v_b        bigint;
    v_all      bigint;
    v_seen     text[];
begin
    for v_relation in
        select c.oid::regclass as name, c.relname,
               exists (select from pg_attribute as a where a.attrelid = c.oid
                       and a.attname = 'project_id') as has_project
        from pg_class as c where c.relnamespace = 'hypermind'::regnamespace and c.relkind in ('r', 'p', 'v')
        and c.relname not in ('periods', 'maintenance_steps', 'archives', 'period_moves', 'restores', 'digests',
                              'digest_leaves')
        order by c.relname
    loop
        perform set_config('role', p_who, true);
        if v_relation.has_project then
            execute format('select count(*) filter (where project_id = $1), count(*) filter (where project_id = $2), '
                           'count(*) from %s', v_relation.name) into v_a, v_b, v_all
            using p_project_a, p_project_b;
        else
            execute format('select count(*) filter (where p.project_id = $1), count(*) filter (where p.project_id = '
                           '$2), count(*) from %s as v '
                           'left join hypermind.runs as r using (run_id) left join hypermind.projects as p using '
                           '(project_id)', v_relation.name) into v_a, v_b, v_all
            using p_project_a, p_project_b;
        end if;
        perform set_config('role', 'none', true);
        v_seen := v_seen || format('%s %s+%s%s', v_relation.relname, v_a, v_b, case when v_all <> v_a + v_b
                                   then '+' || v_all - v_a - v_b else '' end);
    end loop;
    return array_to_string(v_seen, ', ');
end
$function$;
select 'archive_runs 1+0, config_entities 2+0, config_label_history 1+0, config_labels 1+0, config_versions 3+0, '
       'contracts 3+0+21, erased_hashes 2+0, erasures 1+0, event_log 12+0, event_types 2+0+21, '
       'hold_releases 1+0, holds 1+0, projects 1+0, retention_policies 1+0+1, rollup_pending 1+0, rollups 1+0, '
       'run_artifacts 1+0, run_config_refs 4+0, run_events 12+0, '
       'run_heads 2+0, run_outcomes 1+0, run_overview 3+0, run_pins 4+0, run_state_snapshots 3+0, '
       'run_summaries 3+0, run_tools 1+0, runs 3+0' as all_of_a
       \gset
select 'archive_runs 0+1, config_entities 0+1, config_label_history 0+1, config_labels 0+1, config_versions 0+1, '
       'contracts 0+2+21, erased_hashes 0+2, erasures 0+1, event_log 0+5, event_types 0+1+21, '
       'hold_releases 0+1, holds 0+1, projects 0+1, retention_policies 0+1+1, rollup_pending 0+1, rollups 0+1, '
       'run_artifacts 0+1, run_config_refs 0+1, run_events 0+5, run_heads 0+1, '
       'run_outcomes 0+1, run_overview 0+2, run_pins 0+1, run_state_snapshots 0+1, run_summaries 0+2, '
       'run_tools 0+0, runs 0+2' as all_of_b \gset
select 'archive_runs 1+1, config_entities 2+1, config_label_history 1+1, config_labels 1+1, config_versions 3+1, '
       'contracts 3+2+21, erased_hashes 2+2, erasures 1+1, event_log 12+5, event_types 2+1+21, '
       'hold_releases 1+1, holds 1+1, projects 1+1, retention_policies 1+1+1, rollup_pending 1+1, rollups 1+1, '
       'run_artifacts 1+1, run_config_refs 4+1, run_events 12+5, '
       'run_heads 2+1, run_outcomes 1+1, run_overview 3+2, run_pins 4+1, run_state_snapshots 3+1, '
       'run_summaries 3+2, run_tools 1+0, runs '
       '3+2' as all_of_both \gset
select 'archive_runs 0+0, config_entities 0+0, config_label_history 0+0, config_labels 0+0, config_versions 0+0, '
       'contracts 0+0+21, erased_hashes 0+0, erasures 0+0, event_log 0+0, event_types 0+0+21, '
       'hold_releases 0+0, holds 0+0, projects 0+0, retention_policies 0+0+1, rollup_pending 0+0, rollups 0+0, '
       'run_artifacts 0+0, run_config_refs 0+0, run_events 0+0, run_heads 0+0, '
       'run_outcomes 0+0, run_overview 0+0, run_pins 0+0, run_state_snapshots 0+0, run_summaries 0+0, '
       'run_tools 0+0, runs 0+0' as nothing \gset
select is(pg_temp.sees('alice', :'project_a', :'project_b'), :'all_of_a',
          'a writer sees all of the own project, and nothing else');
select is(pg_temp.sees('bob', :'project_a', :'project_b'), :'all_of_b', 'a writer of another project sees that one');
select is(pg_temp.sees('carol', :'project_a', :'project_b'), :'all_of_a', 'a reader sees as much');
select is(pg_temp.sees('oscar', :'project_a', :'project_b'), :'all_of_a',
          'an operator sees no more than the own project');
select is(pg_temp.sees('audrey', :'project_a', :'project_b'), :'all_of_both', 'an auditor sees everything');
select is(pg_temp.sees('hypermind_owner', :'project_a', :'project_b'), :'all_of_both',
          'so does the owner: row-level security is not forced');

-- Without a project; with two; and after either is taken away.
create role nina;
grant hypermind_reader to nina;
select is(pg_temp.sees('nina', :'project_a', :'project_b'), :'nothing', 'a reader without a project sees nothing but the contracts and the policy of the whole ledger');
grant :"role_a", :"role_b" to nina;
select is(pg_temp.sees('nina', :'project_a', :'project_b'), :'all_of_both', 'with both it sees both');
revoke :"role_a" from nina;
select is(pg_temp.sees('nina', :'project_a', :'project_b'), :'all_of_b', 'what was revoked is gone at once');
revoke hypermind_reader from nina;
select throws_ok(format('select pg_temp.sees(''nina'', %L, %L)', :'project_a', :'project_b'), '42501',
                 'permission denied for schema hypermind',
                 'a project alone is not enough: it needs hypermind_reader, too');
create role nora noinherit;
grant hypermind_reader to nora;
select is(has_schema_privilege('nora', 'hypermind', 'usage'), false,
          'a member that does not inherit has no right without SET ROLE');

-- A project whose role was dropped: nobody is in it any more, auditors see it.
select hypermind.create_project_role('lab', 'gone') as role_gone \gset
select hypermind.create_project('lab', 'gone', :'role_gone') as project_gone \gset
select hypermind.grant_project(:'project_gone', 'alice') as ignored \gset
set local role alice;
select hypermind.create_run(:'project_gone', 'chat') as run_gone \gset
select is((select count(*) from hypermind.runs where project_id = :'project_gone'), 1::bigint,
          'as long as the role is there, its members see the project');
reset role;
drop role :"role_gone";
set local role alice;
select is((select count(*) from hypermind.runs where project_id = :'project_gone'), 0::bigint,
          'without it, nobody does');
select is((select count(*) from hypermind.projects where project_id = :'project_gone'), 0::bigint,
          'nor the project itself');
select is((select count(*) from hypermind.runs where project_id = :'project_a'), 3::bigint,
          'and other projects are not touched');
prepare on_gone as select hypermind.append_event(:'run_gone', 'a.b');
select pg_temp.refuses('on_gone', 'MH001', format('run %s does not exist', :'run_gone'),
                       jsonb_build_object('run_id', :'run_gone'), 'its runs take no events');
prepare in_gone as select hypermind.create_run(:'project_gone', 'chat');
select pg_temp.refuses('in_gone', 'MH015', format('project %s does not exist', :'project_gone'),
                       jsonb_build_object('project_id', :'project_gone'), 'and it gets no more runs');
set local role audrey;
select is((select count(*) from hypermind.runs where project_id = :'project_gone'), 1::bigint, 'auditors see it still');
select is(valid, true, 'and can verify it') from hypermind.verify_run(:'run_gone');

-- A query cannot look past the policy by a function of its own that would see rows first: it sees no foreign row.
reset role;
create function pg_temp.noisy(p_value uuid) returns boolean language plpgsql cost 0.0001 as $function$
begin
    raise notice '%', p_value;
    if p_value not in (select project_id from hypermind.projects) then
        raise exception 'a foreign row was shown';
    end if;
    return true;
end
$function$;
set local client_min_messages = error;
set local role alice;
select is((select count(*) from hypermind.run_events where pg_temp.noisy(project_id)), 12::bigint,
          'a function in a query''s WHERE sees no row that its caller may not see');
select is((select count(*) from hypermind.run_overview where pg_temp.noisy(project_id)), 3::bigint,
          'not through a view, either');

select * from finish();
rollback;

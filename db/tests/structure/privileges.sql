-- Who may call which function and read which table: the whole list, tried from the catalogs and by calling.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(141);

create temp table expected_callers (function text primary key, callers text not null);
insert into expected_callers values
    ('hypermind.activity(uuid,text,timestamp with time zone,timestamp with time zone,text[],integer,text)',
     'auditor operator reader writer'),
    ('hypermind.append_event(uuid,text,jsonb,jsonb,bigint,bigint,uuid,bigint,text,text,text[],bigint,bigint,numeric,'
     'timestamp with time zone)', 'operator writer'),
    ('hypermind.append_events(uuid,jsonb,bigint,bigint)', 'operator writer'),
    ('hypermind.attach_artifact(uuid,text,text,bytea,bigint,text,bigint,uuid,jsonb,bigint)', 'operator writer'),
    ('hypermind.apply_retention(date,bytea)', 'operator'),
    ('hypermind.archive_figures(date)', 'operator'),
    ('hypermind.archive_location(uuid)', 'auditor operator reader writer'),
    ('hypermind.attach_period(date)', 'operator'),
    ('hypermind.check_integrity()', 'auditor operator'),
    ('hypermind.claim_run(uuid,text,interval,bigint)', 'operator writer'),
    ('hypermind.contract_violations(text,jsonb,uuid,integer)', 'auditor operator reader writer'),
    ('hypermind.create_project(text,text,name)', 'operator'),
    ('hypermind.create_project_role(text,text)', 'operator'),
    ('hypermind.create_run(uuid,text,jsonb,jsonb,jsonb,text[],uuid,uuid,text,text,text)', 'operator writer'),
    ('hypermind.detach_period(date)', 'operator'),
    ('hypermind.drop_period(date)', 'operator'),
    ('hypermind.finish_restore(uuid,uuid[])', 'operator'),
    ('hypermind.diff_state(uuid,bigint,bigint)', 'auditor operator reader writer'),
    ('hypermind.ensure_periods(integer)', 'operator'),
    ('hypermind.erase_payload(uuid,bigint,text)', 'operator'),
    ('hypermind.erase_run(uuid,text)', 'operator'),
    ('hypermind.event_preview(jsonb)', 'auditor operator reader writer'),
    ('hypermind.event_text(jsonb,smallint)', 'auditor operator reader writer'),
    ('hypermind.find_artifacts(uuid,text,text,text,bytea,uuid,timestamp with time zone,timestamp with time zone,integer,text)',
     'auditor operator reader writer'),
    ('hypermind.fork_run(uuid,bigint,jsonb,jsonb,uuid,jsonb,text[],text)', 'operator writer'),
    ('hypermind.grant_project(uuid,name)', 'operator'),
    ('hypermind.health()', 'operator'),
    ('hypermind.is_project_role(name)', 'operator'),
    ('hypermind.issue_digest()', 'operator'),
    ('hypermind.label_config(uuid,text,text,text,integer)', 'operator writer'),
    ('hypermind.ledger_health()', 'operator'),
    ('hypermind.list_holds(uuid,uuid,boolean)', 'auditor operator reader writer'),
    ('hypermind.list_runs(uuid,text,text,text,text,text,text,text[],text,text,text,integer,uuid,timestamp with time zone,'
     'timestamp with time zone,integer,text)', 'auditor operator reader writer'),
    ('hypermind.maintain(integer,interval)', 'operator'),
    ('hypermind.new_run_id()', 'operator writer'),
    ('hypermind.place_hold(uuid,text,uuid,text,text,integer,text,uuid)', 'operator'),
    ('hypermind.plan_retention(date)', 'operator'),
    ('hypermind.project_role(uuid)', 'operator'),
    ('hypermind.record_archive(uuid,date,text,text,uuid)', 'operator'),
    ('hypermind.restore_rows(uuid,text,jsonb)', 'operator'),
    ('hypermind.refresh_rollups(integer)', 'operator'),
    ('hypermind.register_config(uuid,text,text,jsonb,integer,text)', 'operator writer'),
    ('hypermind.register_contract(uuid,text,jsonb,integer,boolean,text)', 'operator writer'),
    ('hypermind.register_event_type(text,jsonb,uuid,jsonb,text,integer,boolean,text)', 'operator writer'),
    ('hypermind.release_hold(uuid,text)', 'operator'),
    ('hypermind.replay_events(uuid,bigint,bigint)', 'auditor operator reader writer'),
    ('hypermind.request_cancel(uuid,text)', 'operator writer'),
    ('hypermind.resolve_replay_context(uuid,bigint)', 'auditor operator reader writer'),
    ('hypermind.retention_policy(uuid)', 'auditor operator reader writer'),
    ('hypermind.rollup(uuid,text,date,date,text,text[])', 'auditor operator reader writer'),
    ('hypermind.run_lineage(uuid)', 'auditor operator reader writer'),
    ('hypermind.run_timeline(uuid,bigint,integer,text[])', 'auditor operator reader writer'),
    ('hypermind.runs_of_config(uuid,text,text,integer,text,integer,text)', 'auditor operator reader writer'),
    ('hypermind.search_events(text,uuid,text,text[],text,text,timestamp with time zone,timestamp with time zone,uuid,integer,'
     'text)', 'auditor operator reader writer'),
    ('hypermind.schema_violations(jsonb,jsonb)', 'auditor operator reader writer'),
    ('hypermind.schema_version()', 'auditor operator reader writer'),
    ('hypermind.set_enforcement(uuid,text)', 'operator'),
    ('hypermind.set_retention_policy(uuid,integer,integer,integer,text,integer)', 'operator'),
    ('hypermind.state_at(uuid,bigint)', 'auditor operator reader writer'),
    ('hypermind.take_snapshot(uuid,bigint)', 'operator writer'),
    ('hypermind.transition_run(uuid,text,jsonb,bigint,bigint)', 'operator writer'),
    ('hypermind.uuidv7_floor(timestamp with time zone)', 'auditor operator reader writer'),
    ('hypermind.uuidv7_time(uuid)', 'auditor operator reader writer'),
    ('hypermind.verify_run(uuid)', 'auditor operator reader writer');

-- The group roles that may call each function, and PUBLIC, if it could.
create temp table actual_callers as
select p.oid::regprocedure::text as function,
       string_agg(r.role, ' ' order by r.role collate "C")
           filter (where has_function_privilege(case r.role when 'public' then 'public'
                                                else 'hypermind_' || r.role end, p.oid, 'execute'))
           as callers
from pg_proc as p
cross join unnest('{reader, writer, operator, auditor, public}'::text[]) as r (role)
where p.pronamespace = 'hypermind'::regnamespace
group by p.oid;

select set_eq('select function from actual_callers', 'select function from expected_callers',
              'every function is in the list of callers');
select is(a.callers, e.callers, format('%s may be called by: %s', split_part(e.function, '(', 1), e.callers))
from expected_callers as e join actual_callers as a using (function)
order by e.function collate "C";

-- Tables and views: clients read, and that is all.
select set_eq(
    $$ select c.relname::text from pg_class as c where c.relnamespace = 'hypermind'::regnamespace
    and c.relkind in ('r', 'p', 'v') $$,
    $$ values ('projects'), ('config_entities'), ('config_versions'), ('config_labels'), ('config_label_history'),
    ('contracts'), ('event_types'), ('runs'), ('run_heads'),
              ('run_outcomes'), ('run_config_refs'), ('run_events'), ('run_state_snapshots'), ('run_artifacts'),
              ('run_overview'), ('event_log'), ('run_pins'), ('periods'),
              ('rollups'), ('rollup_pending'), ('run_summaries'), ('run_tools'), ('retention_policies'),
              ('maintenance_steps'), ('holds'), ('hold_releases'), ('erasures'), ('erased_hashes'), ('archives'), ('archive_runs'),
              ('period_moves'), ('restores'), ('digests'), ('digest_leaves') $$,
    'these are all tables and views of schema hypermind');
select is(
    (select string_agg(format('%s %s', case r.role when 'public' then 'public' else substr(r.role, 11) end,
                              p.privilege), ', '
                       order by r.role collate "C", p.privilege)
     from unnest('{public, hypermind_auditor, hypermind_operator, hypermind_reader, hypermind_writer}'::text[])
     as r (role)
     cross join unnest('{select, insert, update, delete, truncate, references, trigger}'::text[]) as p (privilege)
     where has_table_privilege(r.role, c.oid, p.privilege)),
    'auditor select, operator select, reader select, writer select',
    format('%s is read by the group roles, and written by none', c.relname))
from pg_class as c
where c.relnamespace = 'hypermind'::regnamespace and c.relkind in ('r', 'p', 'v')
order by c.relname;
select is_empty($$ select c.oid::regclass, r.role, p.privilege
                   from pg_class as c
                   cross join unnest('{public, hypermind_auditor, hypermind_operator, hypermind_reader, '
                                     'hypermind_writer}'::text[]) as r (role)
                   cross join unnest('{select, insert, update, delete, truncate, references, trigger}'::text[])
                   as p (privilege)
                   where c.relnamespace = 'hypermind_private'::regnamespace and c.relkind in ('r', 'p', 'v')
                     and has_table_privilege(r.role, c.oid, p.privilege) $$,
                'no client role has any right on a leaf');

-- The same, tried.
create temp table attempts (who text, what text, statement text, message text);
grant select on attempts to public;
insert into attempts
select t.who, t.what, t.statement, t.message
from (values
    ('carol', 'a reader cannot append', format('select hypermind.append_event(%L, ''x.y'')', :'run_id'),
     'permission denied for function append_event'),
    ('carol', 'a reader cannot create a run', format('select hypermind.create_run(%L, ''chat'')', :'project_a'),
     'permission denied for function create_run'),
    ('carol', 'a reader cannot take a snapshot', format('select hypermind.take_snapshot(%L)', :'run_id'),
     'permission denied for function take_snapshot'),
    ('audrey', 'an auditor cannot append', format('select hypermind.append_event(%L, ''x.y'')', :'run_id'),
     'permission denied for function append_event'),
    ('audrey', 'an auditor cannot cancel', format('select hypermind.request_cancel(%L)', :'run_id'),
     'permission denied for function request_cancel'),
    ('audrey', 'an auditor cannot fork', format('select hypermind.fork_run(%L, 1)', :'run_id'),
     'permission denied for function fork_run'),
    ('alice', 'a writer cannot make a project', 'select hypermind.create_project(''lab'', ''c'', ''alice'')',
     'permission denied for function create_project'),
    ('alice', 'a writer cannot make periods', 'select hypermind.ensure_periods()',
     'permission denied for function ensure_periods'),
    ('alice', 'a writer cannot check everybody''s runs', 'select hypermind.check_integrity()',
     'permission denied for function check_integrity'),
    ('alice', 'a writer cannot use a private function', 'select hypermind_private.genesis_hash()',
     'permission denied for schema hypermind_private'),
    ('alice', 'a writer cannot insert past the functions',
     'insert into hypermind.run_events select * from hypermind.run_events', 'permission denied for table run_events'),
    ('alice', 'a writer cannot move a head', 'update hypermind.run_heads set last_seq = 1',
     'permission denied for table run_heads'),
    ('alice', 'a writer cannot delete a run', 'delete from hypermind.runs', 'permission denied for table runs'),
    ('alice', 'a writer cannot truncate', 'truncate hypermind.run_events', 'permission denied for table run_events'),
    ('alice', 'a writer cannot lock a table against others', 'lock table hypermind.run_heads in exclusive mode',
     'permission denied for table run_heads'),
    ('alice', 'a writer cannot lock a head past the functions', 'select from hypermind.run_heads for update',
     'permission denied for table run_heads'),
    ('alice', 'a writer cannot insert a contract past the functions',
     'insert into hypermind.contracts (subject) values (''custom.x'')', 'permission denied for table contracts'),
    ('oscar', 'nor can an operator', 'insert into hypermind.contracts (subject) values (''model.x'')',
     'permission denied for table contracts'),
    ('oscar', 'an operator cannot change a contract', 'update hypermind.contracts set schema = ''true''',
     'permission denied for table contracts'),
    ('alice', 'a writer cannot change the enforcement', 'update hypermind.projects set enforcement = ''known''',
     'permission denied for table projects'),
    ('oscar', 'an operator cannot change a project', 'update hypermind.projects set role = ''oscar''',
     'permission denied for table projects'),
    ('alice', 'a writer cannot place a hold', format('select hypermind.place_hold(%L, ''x'')', :'project_a'),
     'permission denied for function place_hold'),
    ('alice', 'nor release one', 'select hypermind.release_hold(gen_random_uuid(), ''x'')',
     'permission denied for function release_hold'),
    ('alice', 'nor erase a run', format('select hypermind.erase_run(%L, ''x'')', :'run_id'),
     'permission denied for function erase_run'),
    ('alice', 'nor a payload', format('select hypermind.erase_payload(%L, 1, ''x'')', :'run_id'),
     'permission denied for function erase_payload'),
    ('audrey', 'nor does an auditor erase', format('select hypermind.erase_payload(%L, 1, ''x'')', :'run_id'),
     'permission denied for function erase_payload'),
    ('oscar', 'an operator cannot erase past the functions', 'update hypermind.run_events set payload = null',
     'permission denied for table run_events'),
    ('oscar', 'nor lift a hold past them', 'insert into hypermind.hold_releases select * from hypermind.hold_releases',
     'permission denied for table hold_releases'),
    ('alice', 'a writer cannot issue a digest', 'select hypermind.issue_digest()', 'permission denied for function issue_digest'),
    ('carol', 'nor can a reader', 'select hypermind.issue_digest()', 'permission denied for function issue_digest'),
    ('audrey', 'nor an auditor', 'select hypermind.issue_digest()', 'permission denied for function issue_digest'),
    ('oscar', 'nor forget an erasure', 'delete from hypermind.erasures', 'permission denied for table erasures'),
    ('oscar', 'an operator cannot switch a guard off', 'alter table hypermind.runs disable trigger all',
     'must be owner of table runs'),
    ('audrey', 'an auditor cannot change a label', 'update hypermind.config_labels set version = 1',
     'permission denied for table config_labels'),
    ('audrey', 'an auditor cannot merge into a head',
     'merge into hypermind.run_heads as h using hypermind.runs as r on r.run_id = h.run_id '
     'when matched then delete', 'permission denied for table run_heads'),
    ('nobody_special', 'somebody without a role cannot call a function', 'select hypermind.schema_version()',
     'permission denied for schema hypermind'),
    ('nobody_special', 'somebody without a role cannot read a table', 'select * from hypermind.runs',
     'permission denied for schema hypermind')
) as t (who, what, statement, message);
insert into attempts
select 'alice', format('a writer cannot read %s past its parent', l.leaf), format('select * from %s', l.leaf),
       'permission denied for schema hypermind_private'
from (select i.inhrelid::regclass as leaf
      from pg_inherits as i join pg_class as c on c.oid = i.inhrelid
      where i.inhparent = any ('{hypermind.runs, hypermind.run_events}'::regclass[])
        and c.relname like '%' || hypermind_private.period_name(now())) as l;

create function pg_temp.refused_as(p_who text, p_statement text) returns text language plpgsql as $function$
begin
    perform set_config('role', p_who, true);
    execute p_statement;
    return 'accepted';
exception when others then
    return sqlstate || ' ' || sqlerrm;
end
$function$;
select is(pg_temp.refused_as(a.who, a.statement), '42501 ' || a.message, a.what) from attempts as a;
select is((select array_agg(pg_temp.position_of(:'run_id'))), '{running 2 2}', 'and nothing happened');

select * from finish();
rollback;

-- hypermind.check_integrity(): every problem that it knows, provoked once.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
set local role oscar;
select hypermind.place_hold(:'project_a', 'a dispute', :'run_id') as hold_id \gset
select hypermind.release_hold(:'hold_id', 'settled') as ignored \gset
select events as ignored from hypermind.erase_payload(:'fork', 1, 'personal data') \gset
reset role;
select plan(87);

-- What check_integrity() tells an auditor after p_damage; everything is undone again.
-- Names in capitals stand for this test's objects: LEAF for the suffix of this month's leaves, RUN and ENDED for runs,
-- and so on.
create temp table names (placeholder text, name text);
insert into names values
    ('LEAF', hypermind_private.period_name(hypermind.uuidv7_time(:'run_id'))),
    ('NEXT', hypermind_private.period_name(hypermind.uuidv7_time(:'run_id') + interval '3 months')),
    ('RUN', :'run_id'), ('ENDED', :'ended_run'), ('PROJECT_A', :'project_a'), ('PROJECT_B', :'project_b'),
    ('ROLE_A', :'role_a'), ('ROLE_B', :'role_b'), ('FORK', :'fork'), ('HOLD', :'hold_id');
insert into names select 'CONFIG', config_id from hypermind.config_entities where name = 'greeting';
create function pg_temp.problems(p_damage text) returns text[] language plpgsql as $function$
declare
    v_name     record;
    v_problems text[];
begin
    for v_name in select * from names loop
        p_damage := replace(p_damage, v_name.placeholder, v_name.name);
    end loop;
    begin
        execute p_damage;
        perform set_config('role', 'audrey', true);
        select array_agg(format('%s: %s', c.object, c.problem) order by c.object collate "C",
                         c.problem collate "C") into v_problems from hypermind.check_integrity() as c;
        raise exception using errcode = 'ZZ001';
    exception when sqlstate 'ZZ001' then
        for v_name in select * from names loop
            v_problems := replace(v_problems::text, v_name.name, v_name.placeholder)::text[];
        end loop;
        return v_problems;
    end;
end
$function$;

-- Rows can be damaged with the guards off only; afterwards they are there again, or nothing else would be told.
create function pg_temp.guard() returns void language plpgsql as $function$
declare
    v_trigger record;
begin
    for v_trigger in
        select t.tgrelid::regclass as relation, t.tgname as name, t.tgisinternal as internal from pg_trigger as t
            join pg_class as c on c.oid = t.tgrelid
        where c.relnamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace)
    loop
        execute format('alter table %s enable %s trigger %I', v_trigger.relation, case when not v_trigger.internal
                       then 'always' end, v_trigger.name);
    end loop;
end
$function$;
create function pg_temp.row_problems(p_damage text) returns text[] language sql as $function$
    select pg_temp.problems('select pg_temp.unguard(); ' || p_damage || '; select pg_temp.guard()')
$function$;

select is(pg_temp.problems('select'), null, 'all is well');
select is(pg_temp.problems(t.damage), t.problems::text[], t.what)
from (values
    -- Guards.
    ('a guard of a leaf was disabled',
     'alter table hypermind_private.run_events_LEAF disable trigger run_events_append_only',
     array['hypermind_private.run_events_LEAF: no guard that always fires against UPDATE and DELETE']),
    ('one was downgraded, as a data-only restore does it',
     'alter table hypermind_private.runs_LEAF enable trigger runs_append_only',
     array['hypermind_private.runs_LEAF: no guard that always fires against UPDATE and DELETE']),
    ('one fires in replicas only', 'alter table hypermind_private.runs_LEAF enable replica trigger runs_no_truncate',
     array['hypermind_private.runs_LEAF: no guard that always fires against TRUNCATE']),
    ('one was dropped', 'drop trigger run_artifacts_no_truncate on hypermind_private.run_artifacts_LEAF',
     array['hypermind_private.run_artifacts_LEAF: no guard that always fires against TRUNCATE']),
    ('that of contracts was dropped', 'drop trigger contracts_append_only on hypermind.contracts',
     array['hypermind.contracts: no guard that always fires against UPDATE and DELETE']),
    ('that of policies was dropped', 'drop trigger retention_policies_no_truncate on hypermind.retention_policies',
     array['hypermind.retention_policies: no guard that always fires against TRUNCATE']),
    ('that of holds was dropped', 'drop trigger holds_append_only on hypermind.holds',
     array['hypermind.holds: no guard that always fires against UPDATE and DELETE']),
    ('that of erased hashes was downgraded', 'alter table hypermind.erased_hashes enable trigger erased_hashes_no_truncate',
     array['hypermind.erased_hashes: no guard that always fires against TRUNCATE']),
    ('one of a parent was dropped', 'drop trigger config_versions_append_only on hypermind.config_versions',
     array['hypermind.config_versions: no guard that always fires against UPDATE and DELETE']),
    ('one looks at one column only',
     'drop trigger config_versions_append_only on hypermind.config_versions; create trigger x before delete or update '
     'of summary on hypermind.config_versions for each row '
     'execute function hypermind_private.forbid_mutation(); alter table hypermind.config_versions enable always '
     'trigger x',
     array['hypermind.config_versions: no guard that always fires against UPDATE and DELETE']),
    ('one has a condition',
     'drop trigger config_versions_append_only on hypermind.config_versions; create trigger x before delete or update '
     'on hypermind.config_versions for each row '
     'when (false) execute function hypermind_private.forbid_mutation(); alter table hypermind.config_versions enable '
     'always trigger x',
     array['hypermind.config_versions: no guard that always fires against UPDATE and DELETE']),
    ('a guard of heads was disabled', 'alter table hypermind.run_heads disable trigger run_heads_no_truncate',
     array['hypermind.run_heads: trigger run_heads_no_truncate does not always fire']),
    ('what heads must be is not looked at', 'alter table hypermind.run_heads disable trigger run_heads_are_legal',
     array['hypermind.run_heads: trigger run_heads_are_legal does not always fire']),
    ('one of labels was dropped', 'drop trigger config_labels_kept on hypermind.config_labels',
     array['hypermind.config_labels: trigger config_labels_kept does not always fire']),
    ('one of projects was downgraded', 'alter table hypermind.projects enable trigger projects_kept',
     array['hypermind.projects: trigger projects_kept does not always fire']),
    ('one of maintenance was dropped', 'drop trigger maintenance_steps_kept on hypermind.maintenance_steps',
     array['hypermind.maintenance_steps: trigger maintenance_steps_kept does not always fire']),
    -- Row-level security, owners, grants.
    ('row-level security was switched off', 'alter table hypermind.runs disable row level security',
     array['hypermind.runs: row-level security is off']),
    ('on a leaf', 'alter table hypermind_private.runs_LEAF disable row level security',
     array['hypermind_private.runs_LEAF: row-level security is off']),
    ('it was forced', 'alter table hypermind.runs force row level security',
     array['hypermind.runs: row-level security is forced: restores and searches would fail']),
    ('a table was given away', 'alter table hypermind_private.runs_LEAF owner to alice',
     array['hypermind_private.runs_LEAF: is not owned by hypermind_owner']),
    ('a write was granted', 'grant insert on hypermind.run_events to hypermind_writer',
     array['hypermind.run_events: hypermind_writer has INSERT on it']),
    ('one of a column', 'grant update (status) on hypermind.run_heads to alice',
     array['hypermind.run_heads: alice has UPDATE on column status']),
    ('everybody may read', 'grant select on hypermind.projects to public',
     array['hypermind.projects: PUBLIC has SELECT on it']),
    ('a leaf may be read', 'grant select on hypermind_private.run_events_LEAF to hypermind_reader',
     array['hypermind_private.run_events_LEAF: hypermind_reader has SELECT on it']),
    ('a schema was opened', 'grant usage on schema hypermind_private to hypermind_reader',
     array['hypermind_private: hypermind_reader has USAGE on the schema']),
    ('monitoring tools may create in it', 'grant create on schema hypermind to pg_monitor',
     array['hypermind: pg_monitor has CREATE on the schema']),
    ('or look into the private one', 'grant usage on schema hypermind_private to pg_monitor',
     array['hypermind_private: pg_monitor has USAGE on the schema']),
    ('they may call what else there is', 'grant execute on function hypermind.verify_run(uuid) to pg_monitor',
     array['hypermind.verify_run(uuid): may be called by pg_monitor']),
    ('a policy of policies was replaced',
     'drop policy retention_policies_of_the_ledger_and_the_readers_projects on hypermind.retention_policies; '
     'create policy open on hypermind.retention_policies for select using (true)',
     array['hypermind.retention_policies: has the policy open, which is not the one that was deployed']),
    ('that of maintenance was replaced',
     'drop policy maintenance_steps_of_operators_and_auditors on hypermind.maintenance_steps; '
     'create policy open on hypermind.maintenance_steps for select using (true)',
     array['hypermind.maintenance_steps: has the policy open, which is not the one that was deployed']),
    ('everybody may create in it', 'grant create on schema hypermind to public',
     array['hypermind: PUBLIC has CREATE on the schema']),
    ('a policy was dropped', 'drop policy runs_of_the_readers_projects on hypermind.runs',
     array['hypermind.runs: has no policy: nobody can read it']),
    ('a policy was replaced',
     'drop policy runs_of_the_readers_projects on hypermind.runs; create policy open on hypermind.runs for select '
     'using (true)',
     array['hypermind.runs: has the policy open, which is not the one that was deployed']),
    ('the one that all others ask was replaced',
     'drop policy projects_of_the_reader on hypermind.projects; create policy open on hypermind.projects for select '
     'using (true)',
     array['hypermind.projects: has the policy open, which is not the one that was deployed']),
    ('a policy was given to one role only',
     'alter policy runs_of_the_readers_projects on hypermind.runs to hypermind_writer',
     array['hypermind.runs: has the policy runs_of_the_readers_projects, which is not the one that was deployed']),
    ('a policy was added', 'create policy open on hypermind.projects for select using (true)',
     array['hypermind.projects: has 2 policies, not one',
           'hypermind.projects: has the policy open, which is not the one that was deployed']),
    ('a leaf got a policy', 'create policy open on hypermind_private.runs_LEAF for select using (true)',
     array['hypermind_private.runs_LEAF: is a leaf with a policy of its own']),
    ('a view reads with its owner''s rights', 'alter view hypermind.run_overview reset (security_invoker)',
     array['hypermind.run_overview: is a view that reads with the rights of its owner']),
    -- Functions.
    ('everybody may call a function', 'grant execute on function hypermind.state_at(uuid, bigint) to public',
     array['hypermind.state_at(uuid,bigint): may be called by PUBLIC']),
    ('a reader may write', 'grant execute on function hypermind.request_cancel(uuid, text) to hypermind_reader',
     array['hypermind.request_cancel(uuid,text): may be called by hypermind_reader']),
    ('somebody may call a private function', 'grant execute on function hypermind_private.genesis_hash() to alice',
     array['hypermind_private.genesis_hash(): may be called by alice']),
    ('a function has lost its search_path', 'alter function hypermind.state_at(uuid, bigint) reset search_path',
     array['hypermind.state_at(uuid,bigint): is SECURITY DEFINER without a pinned search_path']),
    ('or got another', 'alter function hypermind.state_at(uuid, bigint) set search_path = public, pg_temp',
     array['hypermind.state_at(uuid,bigint): is SECURITY DEFINER without a pinned search_path']),
    -- Periods and keys.
    ('a leaf was detached', 'alter table hypermind.run_outcomes detach partition hypermind_private.run_outcomes_NEXT',
     array['hypermind_private.run_outcomes_NEXT: is no part of its table, and no move of its month says so',
           'hypermind_private.run_outcomes_NEXT: no guard that always fires against UPDATE and DELETE',
           'period NEXT: has 5 leaves of 6']),
    ('a foreign key was dropped',
     'alter table hypermind_private.run_outcomes_LEAF drop constraint run_outcomes_LEAF_belong_to_a_run',
     array['hypermind_private.run_outcomes_LEAF: has lost its foreign key to the runs of its period']),
    ('a primary key was dropped', 'alter table hypermind.config_labels drop constraint config_labels_pkey',
     array['hypermind.config_labels: has no valid primary key']),
    ('a project''s role is gone', 'alter role "ROLE_A" rename to somebody_else',
     array['project PROJECT_A: names the role ROLE_A, which does not exist']),
    -- The two tables that have no guard against changes.
    ('a head is gone', 'delete from hypermind.run_heads where run_id = ''RUN''',
     array['run RUN: has 0 of head and outcome, not one', 'run RUN: has a snapshot at seq 5, beyond its last event',
           'run RUN: has no summary, or one that says something else']),
    ('a head names another role', 'update hypermind.run_heads set project_role = ''alice'' where run_id = ''RUN''',
     array['run RUN: has a head with the role alice, its project has ROLE_A']),
    ('a head names another project', 'update hypermind.run_heads set project_id = ''PROJECT_B'' where run_id = ''RUN''',
     array['run RUN: has a head or an outcome, but no row in runs',
           'run RUN: has a head with the role ROLE_A, its project has ROLE_B']),
    ('a head was moved on', 'update hypermind.run_heads set last_seq = 8 where run_id = ''RUN''',
     array['run RUN: should have the events 1 to 8, has 7 from 1 to 7']),
    ('a summary says another status', 'update hypermind.run_summaries set status = ''paused'' where run_id = ''RUN''',
     array['run RUN: has no summary, or one that says something else']),
    ('a summary says another title', 'update hypermind.run_summaries set title = ''x'' where run_id = ''RUN''',
     array['run RUN: has no summary, or one that says something else']),
    ('a summary says other tokens', 'update hypermind.run_summaries set input_tokens = 7 where run_id = ''ENDED''',
     array['run ENDED: has no summary, or one that says something else']),
    ('a summary has other words', 'update hypermind.run_summaries set words = ''{}'' where run_id = ''RUN''',
     array['run RUN: has no summary, or one that says something else']),
    ('a label is of another project', 'update hypermind.config_labels set project_id = ''PROJECT_B''',
     array['config CONFIG: has a row in config_labels that is of another project'])
) as t (what, damage, problems);
select is(pg_temp.row_problems('select'), null, 'with its guards back, all is well again');
select is(pg_temp.row_problems(t.damage), t.problems::text[], t.what)
from (values
    ('the row of a run is gone', 'delete from hypermind.runs where run_id = ''ENDED''',
     array['run ENDED: has 4 events, but no row in runs', 'run ENDED: has a head or an outcome, but no row in runs',
           'run ENDED: has a summary, but no row in runs']),
    ('a summary is gone', 'delete from hypermind.run_summaries where run_id = ''ENDED''',
     array['run ENDED: has no summary, or one that says something else']),
    ('a tool was made up', 'insert into hypermind.run_tools values (''ENDED'', ''axe'', ''PROJECT_A'')',
     array['run ENDED: has ''axe'' in run_tools only']),
    ('a run has both head and outcome',
     'insert into hypermind.run_outcomes select h.run_id, h.project_id, ''completed'', h.last_seq, h.last_hash, '
     'now(), h.last_seq, 0, 0, 0 from hypermind.run_heads as h where h.run_id = ''RUN''',
     array['figures of project PROJECT_A by event, period LEAF: say nothing, its ended runs 7 events, 0+0 tokens, 0 cost',
           'figures of project PROJECT_A by run, period LEAF: say nothing, its ended runs 1 runs, 7 events, 0+0 tokens, 0 cost, '
           '1 durations',
           'run RUN: has 2 of head and outcome, not one', 'run RUN: has no summary, or one that says something else']),
    ('an event in the middle is gone', 'delete from hypermind.run_events where run_id = ''RUN'' and seq = 4',
     array['run RUN: should have the events 1 to 7, has 6 from 1 to 7']),
    ('the first one is gone', 'delete from hypermind.run_events where run_id = ''ENDED'' and seq = 1',
     array['run ENDED: should have the events 1 to 4, has 3 from 2 to 4']),
    ('the last one is gone', 'delete from hypermind.run_events where run_id = ''ENDED'' and seq = 4',
     array['run ENDED: should have the events 1 to 4, has 3 from 1 to 3']),
    ('the event of an artifact is another one',
     'update hypermind.run_events set event_type = ''a.b'' where run_id = ''RUN'' and seq = 6',
     array['run RUN: has an artifact without its event 6',
           'run RUN: has events of type a.b that met version 1 of a contract that is not there']),
    ('a snapshot is of the future', 'update hypermind.run_state_snapshots set seq = 9 where run_id = ''RUN''',
     array['run RUN: has a snapshot at seq 9, beyond its last event']),
    ('a snapshot is of another project',
     'update hypermind.run_state_snapshots set project_id = ''PROJECT_B'' where run_id = ''RUN''',
     array['run RUN: has a row in run_state_snapshots that is of another project']),
    ('an artifact is of another project',
     'update hypermind.run_artifacts set project_id = ''PROJECT_B'' where run_id = ''RUN''',
     array['run RUN: has a row in run_artifacts that is of another project']),
    ('a pin is of another project',
     'update hypermind.run_config_refs set project_id = ''PROJECT_B'' where run_id = ''RUN'' and slot = ''search''',
     array['run RUN: has a row in run_config_refs that is of another project']),
    ('a version is of another project',
     'update hypermind.config_versions set project_id = ''PROJECT_B'' where config_id = ''CONFIG'' and version = 2',
     array['config CONFIG: has a row in config_versions that is of another project']),
    ('a label''s history is of another project',
     'update hypermind.config_label_history set project_id = ''PROJECT_B''',
     array['config CONFIG: has a row in config_label_history that is of another project']),
    ('a hold is of another project', 'update hypermind.holds set project_id = ''PROJECT_B''',
     array['hold HOLD: has a release that is of another project', 'run RUN: has a row in holds that is of another project']),
    ('an erasure is of another project', 'update hypermind.erasures set project_id = ''PROJECT_B''',
     array['run FORK: has a row in erasures that is of another project']),
    ('erased hashes are of another project',
     'update hypermind.erased_hashes set project_id = ''PROJECT_B'' where kind = ''run''',
     array['run FORK: has a row in erased_hashes that is of another project']),
    ('content is gone without a record',
     'update hypermind.run_events set payload = null, salt = null where run_id = ''RUN'' and seq = 5; '
     'update hypermind.run_state_snapshots set state = null, salt = null where run_id = ''RUN''; '
     'update hypermind.runs set input = null, metadata = null, salt = null where run_id = ''RUN''; '
     'update hypermind.run_artifacts set uri = null, metadata = null, salt = null where run_id = ''RUN''',
     array['run RUN: has lost the content of its artifact 6, and no erasure says so',
           'run RUN: has lost the content of its event 5, and no erasure says so',
           'run RUN: has lost the content of its run 1, and no erasure says so',
           'run RUN: has lost the content of its snapshot 5, and no erasure says so']),
    ('the records of an erasure are gone', 'delete from hypermind.erased_hashes',
     array['run FORK: has lost the content of its event 1, and no erasure says so',
           'run FORK: has lost the content of its run 1, and no erasure says so',
           'run FORK: has lost the content of its snapshot 0, and no erasure says so'])
) as t (what, damage, problems);

-- The index that makes event_ids unique is looked for on every leaf.
select is(
    pg_temp.problems('drop index hypermind.run_events_run_id_event_id_idx')
        @> array['hypermind.run_events: has no valid unique index on (run_id, event_id)',
                 'hypermind_private.run_events_LEAF: has no valid unique index on (run_id, event_id)'],
    true, 'the index of event_ids was dropped');

-- Digests: the damages above would show in them too.
set local role oscar;
select number as first_digest from hypermind.issue_digest() \gset
reset role;
set local role alice;
select hypermind.append_event(:'run_id', 'custom.more') as ignored \gset
reset role;
set local role oscar;
select number as ignored from hypermind.issue_digest() \gset
select number as ignored from hypermind.issue_digest() \gset
reset role;
select is(pg_temp.row_problems(t.damage), t.problems, t.what)
from (values
    ('nothing', 'select', null),
    ('a digest is gone', 'delete from hypermind.digests where number = 2',
     array['digest 2: is missing', 'digest 3: does not follow the digest before it']),
    ('the first is gone', 'delete from hypermind.digests where number = 1',
     array['digest 1: is missing', 'digest 2: does not follow the digest before it']),
    ('a digest says something else', 'update hypermind.digests set issued_by = ''bob'' where number = 2',
     array['digest 2: is not what its hash says']),
    ('a digest counts otherwise', 'update hypermind.digests set runs = runs + 1 where number = 3',
     array['digest 3: has other leaves than it was issued with', 'digest 3: is not what its hash says']),
    ('all leaves of a digest are gone', 'delete from hypermind.digest_leaves where number = 2',
     array['digest 2: has other leaves than it was issued with']),
    ('a leaf is another one', 'update hypermind.digest_leaves set last_hash = sha256(last_hash) where number = 2',
     array['digest 2: has other leaves than it was issued with',
           'run RUN: has not the event 8 that it had when digest 2 was issued']),
    ('a run has another past',
     'update hypermind.run_events set event_hash = sha256(event_hash) where run_id = ''ENDED'' and seq = 4',
     array['run ENDED: has not the event 4 that it had when digest 1 was issued'])
) as t (what, damage, problems);

-- Who may ask.
set local role oscar;
select is((select count(*) from hypermind.check_integrity()), 0::bigint, 'an operator may ask, too');

select * from finish();
rollback;

-- Every constraint of every table, broken once: by a copy of a good row with one thing wrong, inserted by a superuser.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
set local client_min_messages = warning;
set local role oscar;
select hypermind.register_event_type('custom.order', '{}', :'project_a') as ignored \gset
select hypermind.set_retention_policy(:'project_a', 1, 10, 5, 'to be copied') as ignored \gset
select hypermind.place_hold(:'project_a', 'a dispute', :'run_id') as hold_id \gset
select hypermind.release_hold(:'hold_id', 'settled') as ignored \gset
select events as ignored from hypermind.erase_payload(:'ended_run', 3, 'personal data') \gset
select number as ignored from hypermind.issue_digest() \gset
select count(*) as ignored from hypermind.maintain() \gset
reset role;
insert into hypermind.archives (
    archive_id, period, location, manifest, manifest_sha256, merkle_root, runs, events, erasures, supersedes, archived_by,
    archived_at
)
values (:'unknown_run', '2026-01-01', 's3://bucket', '{}', '', '', 1, 1, 0, :'unknown_run', 'nobody', now());
insert into hypermind.archive_runs (archive_id, run_id, project_id, last_seq, last_hash)
select :'unknown_run', r.run_id, r.project_id, 1, '' from hypermind.runs as r where r.run_id = :'run_id';
insert into hypermind.period_moves (period, move, action, archive_id, runs, moved_by, moved_at)
values ('2026-01-01', 1, 'detached', :'unknown_run', 1, 'nobody', now());
insert into hypermind.restores (run_id, archive_id, restored_by) values (:'unknown_run', :'unknown_run', 'nobody');
insert into hypermind.rollup_pending (run_id, project_id) values (:'unknown_run', :'project_a');

-- Which constraint refuses a row of this table, or which column a NULL; NULL when it is taken. Nothing stays.
create function pg_temp.refused_by(p_table name, p_row jsonb) returns text language plpgsql as $function$
declare
    v_columns    text;
    v_constraint text;
    v_column     text;
begin
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into v_columns
    from pg_attribute as a
    where a.attrelid = format('hypermind.%I', p_table)::regclass and a.attnum > 0 and a.attgenerated = '';
    begin
        execute format('insert into hypermind.%1$I (%2$s) select %2$s from jsonb_populate_record(null::hypermind.%1$I, $1)',
                       p_table, v_columns) using p_row;
        raise exception using errcode = 'TAKEN';
    exception
        when integrity_constraint_violation then
            get stacked diagnostics v_constraint = constraint_name, v_column = column_name;
        when sqlstate 'TAKEN' then
            null;
    end;
    -- The index of a leaf is the parent's constraint.
    return coalesce(
        (select p.relname
         from pg_inherits as i join pg_class as l on l.oid = i.inhrelid join pg_class as p on p.oid = i.inhparent
         where l.relname = v_constraint and l.relkind = 'i'),
        nullif(v_constraint, ''), v_column);
end
$function$;

-- A row of each table that is good but for being there already.
create temp table good (relation name primary key, good_row jsonb);
create function pg_temp.good_row(p_table name, p_which text default 'true') returns jsonb language plpgsql as $function$
declare
    v_row jsonb;
begin
    execute format('select to_jsonb(t) from hypermind.%I as t where %s limit 1', p_table, p_which) into strict v_row;
    return v_row;
end
$function$;
insert into good
select c.relname, pg_temp.good_row(c.relname, case c.relname
    when 'contracts' then 'subject = ''custom.order'''
    when 'digest_leaves' then 'has_ended'
    when 'run_events' then 'event_id is not null'
    when 'run_summaries' then 'ended_at is not null'
    else 'true' end)
from pg_class as c
where c.relnamespace = 'hypermind'::regnamespace and c.relkind in ('r', 'p');

create temp table breaks (name name primary key, relation name not null, change jsonb not null);
insert into breaks
select b.name, b.relation, replace(b.change, 'NEW', gen_random_uuid()::text)::jsonb
from (values
    -- What somebody else has to be there for.
    ('archive_runs_belong_to_a_project', 'archive_runs', '{"run_id": "NEW", "project_id": "NEW"}'),
    ('archive_runs_belong_to_an_archive', 'archive_runs', '{"archive_id": "NEW"}'),
    ('archives_supersede_an_archive', 'archives', '{"archive_id": "NEW", "supersedes": "00000000-0000-0000-0000-000000000000"}'),
    ('config_entities_belong_to_a_project', 'config_entities', '{"config_id": "NEW", "project_id": "NEW"}'),
    ('config_label_history_names_a_version', 'config_label_history', '{"move": 9, "version": 9}'),
    ('config_labels_name_a_version', 'config_labels', '{"label": "other", "version": 9}'),
    ('config_versions_belong_to_an_entity', 'config_versions', '{"config_id": "NEW"}'),
    ('contracts_belong_to_a_project', 'contracts', '{"project_id": "NEW"}'),
    ('digest_leaves_belong_to_a_digest', 'digest_leaves', '{"number": 9, "run_id": "NEW"}'),
    ('erased_hashes_belong_to_an_erasure', 'erased_hashes', '{"seq": 9, "erasure_id": "NEW"}'),
    ('erasures_belong_to_a_project', 'erasures', '{"erasure_id": "NEW", "project_id": "NEW"}'),
    ('hold_releases_end_a_hold', 'hold_releases', '{"hold_id": "NEW"}'),
    ('holds_belong_to_a_project', 'holds', '{"hold_id": "NEW", "project_id": "NEW"}'),
    ('holds_name_a_config', 'holds', '{"hold_id": "NEW", "run_id": null, "config_id": "NEW", "label": "any"}'),
    ('period_moves_name_an_archive', 'period_moves', '{"move": 2, "archive_id": "NEW"}'),
    ('restores_name_an_archive', 'restores', '{"run_id": "NEW", "archive_id": "NEW"}'),
    ('retention_policies_belong_to_a_project', 'retention_policies', '{"project_id": "NEW"}'),
    ('run_config_refs_pin_a_version', 'run_config_refs', '{"slot": "other", "version": 9}'),
    ('run_summaries_belong_to_a_project', 'run_summaries', '{"run_id": "NEW", "project_id": "NEW"}'),
    ('run_summaries_name_an_archive', 'run_summaries', '{"run_id": "NEW", "archive_id": "NEW"}'),
    ('run_tools_belong_to_a_run', 'run_tools', '{"run_id": "NEW"}'),
    -- What there may be only one of.
    ('archive_runs_pkey', 'archive_runs', '{}'),
    ('archives_are_superseded_once', 'archives', '{"archive_id": "NEW"}'),
    ('archives_pkey', 'archives', '{"supersedes": null}'),
    ('config_entities_have_one_name_a_kind', 'config_entities', '{"config_id": "NEW"}'),
    ('config_entities_pkey', 'config_entities', '{"name": "other"}'),
    ('config_label_history_pkey', 'config_label_history', '{}'),
    ('config_labels_pkey', 'config_labels', '{}'),
    ('config_versions_pkey', 'config_versions', '{}'),
    ('contracts_pkey', 'contracts', '{}'),
    ('digest_leaves_pkey', 'digest_leaves', '{}'),
    ('digest_leaves_run_id_has_ended_idx', 'digest_leaves', '{"number": 9}'),
    ('digests_pkey', 'digests', '{}'),
    ('erased_hashes_pkey', 'erased_hashes', '{}'),
    ('erasures_pkey', 'erasures', '{}'),
    ('hold_releases_pkey', 'hold_releases', '{}'),
    ('holds_pkey', 'holds', '{}'),
    ('maintenance_steps_pkey', 'maintenance_steps', '{}'),
    ('period_moves_pkey', 'period_moves', '{}'),
    ('projects_have_a_role_of_their_own', 'projects', '{"project_id": "NEW", "name": "other"}'),
    ('projects_have_one_name_in_a_workspace', 'projects', '{"project_id": "NEW", "role": "other"}'),
    ('projects_pkey', 'projects', '{"name": "other", "role": "other"}'),
    ('restores_pkey', 'restores', '{}'),
    ('retention_policies_pkey', 'retention_policies', '{}'),
    ('rollup_pending_pkey', 'rollup_pending', '{}'),
    ('rollups_pkey', 'rollups', '{}'),
    ('run_artifacts_belong_to_one_event', 'run_artifacts', '{"artifact_id": "NEW"}'),
    ('run_artifacts_pkey', 'run_artifacts', '{"seq": 7}'),
    ('run_config_refs_pkey', 'run_config_refs', '{}'),
    ('run_events_pkey', 'run_events', '{"event_id": "NEW"}'),
    ('run_events_run_id_event_id_idx', 'run_events', '{"seq": 99}'),
    ('run_heads_pkey', 'run_heads', '{}'),
    ('run_outcomes_pkey', 'run_outcomes', '{}'),
    ('run_state_snapshots_pkey', 'run_state_snapshots', '{}'),
    ('run_summaries_pkey', 'run_summaries', '{}'),
    ('run_tools_pkey', 'run_tools', '{}'),
    ('runs_pkey', 'runs', '{}'),
    -- What a row must be in itself.
    ('config_entities_kind_is_known', 'config_entities', '{"kind": "poem"}'),
    ('config_entities_name_is_named', 'config_entities', '{"name": ""}'),
    ('config_labels_label_is_named', 'config_labels', '{"label": ""}'),
    ('config_versions_count_from_one', 'config_versions', '{"version": 0}'),
    ('config_versions_sha256_has_32_bytes', 'config_versions', '{"content_sha256": "\\x00"}'),
    ('contracts_count_from_one', 'contracts', '{"version": 0}'),
    ('contracts_fill_columns_of_events', 'contracts', '{"subject": "state", "columns": {"model": "m"}}'),
    ('contracts_of_own_types_state_and_configs_belong_to_a_project', 'contracts', '{"project_id": null}'),
    ('contracts_pick_text_of_events', 'contracts', '{"subject": "state", "text_rule": "all"}'),
    ('contracts_text_rule_is_known', 'contracts', '{"text_rule": "none"}'),
    ('digests_count_from_one', 'digests', '{"number": 0}'),
    ('digests_runs_are_not_negative', 'digests', '{"runs": -1}'),
    ('erased_hashes_kind_has_its_hashes', 'erased_hashes', '{"uri_hash": "\\x00"}'),
    ('erasures_name_an_event', 'erasures', '{"seq": 0}'),
    ('erasures_reason_is_given', 'erasures', '{"reason": ""}'),
    ('hold_releases_reason_is_given', 'hold_releases', '{"reason": ""}'),
    ('holds_are_on_one_thing', 'holds', '{"version": 1}'),
    ('holds_reason_is_given', 'holds', '{"reason": ""}'),
    ('period_moves_action_is_known', 'period_moves', '{"action": "forgotten"}'),
    ('period_moves_count_from_one', 'period_moves', '{"move": 0}'),
    ('projects_enforcement_is_known', 'projects', '{"enforcement": "none"}'),
    ('projects_name_is_named', 'projects', '{"name": ""}'),
    ('projects_workspace_is_named', 'projects', '{"workspace": ""}'),
    ('retention_policies_archive_what_is_kept', 'retention_policies', '{"archive_after": 11}'),
    ('retention_policies_count_from_one', 'retention_policies', '{"version": 0}'),
    ('retention_policies_keep_at_most_as_long_as_at_least', 'retention_policies', '{"keep_at_least": 11}'),
    ('retention_policies_keep_for_days', 'retention_policies', '{"keep_at_least": -1}'),
    ('rollups_basis_is_known', 'rollups', '{"basis": "project", "runs": null}'),
    ('rollups_count_every_bucket', 'rollups', '{"buckets": [1, 2], "counts": [1]}'),
    ('rollups_count_runs_by_their_start', 'rollups', '{"basis": "event", "runs": 1}'),
    ('run_artifacts_sha256_has_32_bytes', 'run_artifacts', '{"sha256": "\\x00"}'),
    ('run_artifacts_size_is_not_negative', 'run_artifacts', '{"size_bytes": -1}'),
    ('run_config_refs_slot_is_named', 'run_config_refs', '{"slot": ""}'),
    ('run_events_count_from_one', 'run_events', '{"seq": 0, "parent_seq": null}'),
    ('run_events_nest_under_an_earlier_one', 'run_events', '{"parent_seq": 5}'),
    ('run_outcomes_count_every_event', 'run_outcomes', '{"events": 9}'),
    ('run_outcomes_status_is_final', 'run_outcomes', '{"status": "paused"}'),
    ('run_state_snapshots_count_from_zero', 'run_state_snapshots', '{"seq": -1}'),
    ('run_summaries_archive_ended_runs', 'run_summaries',
     '{"archive_id": "NEW", "status": "paused", "ended_at": null, "events": null, "input_tokens": null, "output_tokens": null, '
     '"cost": null}'),
    ('run_summaries_have_totals_once_ended', 'run_summaries', '{"status": "running"}'),
    ('runs_fork_names_its_parent', 'runs', '{"forked_at_seq": 1}'),
    ('runs_mode_is_known', 'runs', '{"mode": "race"}')
) as b (name, relation, change);
insert into breaks
select 'holds_name_a_version', 'holds',
       jsonb_build_object('hold_id', gen_random_uuid(), 'run_id', null, 'config_id', e.config_id, 'version', 9)
from hypermind.config_entities as e where e.name = 'search'
union all
select 'runs_belong_to_a_project', 'runs', jsonb_build_object('run_id', hypermind.new_run_id(), 'project_id', gen_random_uuid());

select plan(c.constraints::integer + t.tables::integer + 1)
from (select count(*) as constraints from breaks) as c, (select count(*) as tables from good) as t;

select is(pg_temp.refused_by(b.relation, g.good_row || b.change), b.name::text, format('%s is refused by %s', b.change, b.name))
from breaks as b join good as g using (relation)
order by b.relation, b.name;

-- Columns that may be empty; primary keys may not by themselves.
create temp table empties (relation name primary key, columns text[] not null);
insert into empties values
    ('archives', '{supersedes}'), ('contracts', '{project_id, text_rule, summary, closed}'),
    ('config_versions', '{summary, contract_version}'),
    ('erased_hashes', '{payload_hash, delta_hash, state_hash, input_hash, metadata_hash, uri_hash}'), ('erasures', '{seq}'),
    ('holds', '{run_id, config_id, version, label}'), ('maintenance_steps', '{ran_at, remaining, note}'),
    ('retention_policies', '{keep_at_most, archive_after, project_id}'),
    ('rollups', '{model, tool, agent, agent_version, status, event_type, runs}'), ('run_artifacts', '{uri, metadata, salt}'),
    ('run_config_refs', '{label}'),
    ('run_events', '{event_id, contract_version, parent_seq, payload, state_delta, salt, model, tool, tags, input_tokens, '
     'output_tokens, cost, text_rule, subject_hash}'),
    ('run_heads', '{claimed_by, claim_expires_at, cancel_requested_seq, state_shape}'),
    ('run_state_snapshots', '{state, salt, contract_version}'),
    ('run_summaries', '{agent, model, title, ended_at, events, input_tokens, output_tokens, cost, parent_run_id, forked_at_seq, '
     'archive_id}'),
    ('runs', '{agent, model, input, metadata, salt, parent_run_id, forked_at_seq, parent_event_hash}');
select is(
    (select array_agg(a.attname::text order by a.attnum)
     from pg_attribute as a
     where a.attrelid = format('hypermind.%I', g.relation)::regclass and a.attnum > 0 and a.attgenerated = ''
       and not exists (select from pg_index as i where i.indrelid = a.attrelid and i.indisprimary and a.attnum = any (i.indkey))
       and pg_temp.refused_by(g.relation, g.good_row || jsonb_build_object(a.attname, null)) is distinct from a.attname),
    e.columns, format('%s: only these columns may be empty', g.relation))
from good as g left join empties as e using (relation)
order by g.relation;

select set_eq(
    $$ select c.conname from pg_constraint as c
       where c.connamespace = 'hypermind'::regnamespace and c.contype in ('c', 'f', 'p', 'u', 'x')
       union all
       select c.relname from pg_index as i join pg_class as c on c.oid = i.indexrelid
       where c.relnamespace = 'hypermind'::regnamespace and i.indisunique
         and not exists (select from pg_constraint as k where k.conindid = c.oid) $$,
    'select name from breaks', 'these are all constraints');

select * from finish();
rollback;

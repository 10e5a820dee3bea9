-- Deploy hypermind:functions/make_period to pg
-- requires: functions/run_tables
-- requires: functions/period_end
-- requires: functions/period_exists
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

create or replace function hypermind_private.make_period(p_at timestamptz)
    returns boolean
    language plpgsql
    volatile
as $function$
declare
    v_period     constant text := hypermind_private.period_name(p_at);
    v_from       constant uuid := hypermind.uuidv7_floor(hypermind_private.period_start(p_at));
    v_to         constant uuid := hypermind.uuidv7_floor(hypermind_private.period_end(p_at));
    v_table      text;
    v_leaf       text;
    v_index      regclass;
    v_statistics text;
begin
    -- Always in this order, so that two makers wait for each other instead of deadlocking. None of it blocks an append.
    lock table hypermind.projects, hypermind.config_versions in share row exclusive mode;
    foreach v_table in array hypermind_private.run_tables() loop
        execute format('lock table only hypermind.%I in share update exclusive mode', v_table);
    end loop;

    if hypermind_private.period_exists(p_at) then
        return false;
    end if;

    -- LIKE and ATTACH, never PARTITION OF: that one waits for every open reader, and appends wait behind it.
    foreach v_table in array hypermind_private.run_tables() loop
        v_leaf := v_table || '_' || v_period;

        execute format('create table hypermind_private.%I (like hypermind.%I including all)', v_leaf, v_table);

        if v_table not in ('runs', 'run_events') then
            execute format(
                'alter table hypermind_private.%I add constraint %I foreign key (run_id) references hypermind_private.%I',
                v_leaf, v_leaf || '_belong_to_a_run', 'runs_' || v_period);
        end if;
        if v_table = 'run_artifacts' then
            execute format(
                'alter table hypermind_private.%I add constraint %I foreign key (run_id, seq) references hypermind_private.%I',
                v_leaf, v_leaf || '_belong_to_an_event', 'run_events_' || v_period);
        end if;

        execute format('alter table hypermind_private.%I enable row level security', v_leaf);
        execute format(
            'create trigger %I before truncate on hypermind_private.%I '
            'for each statement execute function hypermind_private.forbid_mutation()',
            v_table || '_no_truncate', v_leaf);
        execute format('alter table hypermind_private.%I enable always trigger %I', v_leaf, v_table || '_no_truncate');
        execute format(
            'comment on table hypermind_private.%I is %L', v_leaf,
            format('Runs started in the month that begins on %s (UTC).',
                   to_char(hypermind_private.period_start(p_at) at time zone 'UTC', 'YYYY-MM-DD')));

        -- Attaching clones the row guards of the parent, enabled as they are there.
        execute format(
            'alter table hypermind.%I attach partition hypermind_private.%I for values from (%L) to (%L)',
            v_table, v_leaf, v_from, v_to);
    end loop;

    -- ANALYZE would evaluate these once more for statistics that the planner never uses: it takes those of CREATE STATISTICS.
    for v_index in
        select i.indexrelid
        from pg_catalog.pg_index as i
        where i.indrelid = to_regclass('hypermind_private.run_events_' || v_period) and i.indexprs is not null
          and i.indpred is not null
    loop
        execute format('alter index %s alter column 1 set statistics 0', v_index);
    end loop;
    -- The planner reads the most frequent words for every plan of a search: 200 of them, not 1,000.
    for v_statistics in
        select s.stxname
        from pg_catalog.pg_statistic_ext as s
        where s.stxrelid = to_regclass('hypermind_private.run_events_' || v_period)
    loop
        execute format('alter statistics hypermind_private.%I set statistics 20', v_statistics);
    end loop;

    return true;
end
$function$;

comment on function hypermind_private.make_period(timestamptz) is
$comment$Makes the period that holds p_at: a leaf of every run table, with its keys, guards and row-level security. Returns whether
it had to.

Locks, until the transaction ends: projects and config_versions against writers, the run tables against other makers of periods.
Appends go on meanwhile.$comment$;

commit;

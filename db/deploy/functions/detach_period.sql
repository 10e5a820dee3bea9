-- Deploy hypermind:functions/detach_period to pg
-- requires: functions/refuse_snapshots
-- requires: functions/check_period
-- requires: functions/refuse_kept
-- requires: functions/leaves
-- requires: functions/parents
-- requires: functions/move_briefly
-- requires: functions/record_move
-- requires: functions/current_archive
-- requires: functions/period_bounds
-- requires: functions/forbid_mutation
-- requires: tables/archives
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.detach_period(p_period date)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_bounds  record;
    v_archive hypermind.archives;
    v_runs    bigint;
    v_leaf    text;
begin
    perform hypermind_private.refuse_snapshots();
    perform hypermind_private.check_period(p_period);
    -- Only one month moves at a time. What is kept is refused before anybody has to wait.
    lock table hypermind.archives in share row exclusive mode;
    perform hypermind_private.refuse_kept(p_period);

    -- From here on no hold is placed, nothing is erased, and nothing of the month changes; and once more, now that it is so.
    lock table hypermind.holds, hypermind.erasures in share mode;
    foreach v_leaf in array hypermind_private.leaves(p_period) loop
        execute format('lock table only %s in share row exclusive mode', v_leaf);
    end loop;
    perform hypermind_private.refuse_kept(p_period);
    v_bounds  := hypermind_private.period_bounds(p_period);
    v_archive := hypermind_private.current_archive(p_period);

    update hypermind.run_summaries as s
    set archive_id = v_archive.archive_id
    where s.run_id >= v_bounds.first_id and s.run_id < v_bounds.next_id and s.archive_id is null;
    get diagnostics v_runs = row_count;
    perform hypermind_private.record_move(p_period, 'detached', v_archive.archive_id, v_runs);

    -- Detaching takes the row guards away that attaching has cloned.
    foreach v_leaf in array hypermind_private.leaves(p_period) loop
        execute format('create trigger detached_append_only before update or delete on %s '
                       'for each row execute function hypermind_private.forbid_mutation()', v_leaf);
        execute format('alter table %s enable always trigger detached_append_only', v_leaf);
    end loop;
    perform hypermind_private.move_briefly(
        'access exclusive', hypermind_private.parents() || hypermind_private.leaves(p_period),
        format('%s cannot be detached now', to_char(p_period, 'YYYY-MM')),
        (select array_agg(format('alter table %s detach partition %s', t.parent, t.leaf) order by t.ord desc)
         from unnest(hypermind_private.parents(), hypermind_private.leaves(p_period)) with ordinality as t (parent, leaf, ord)));
    return v_runs;
end
$function$;

comment on function hypermind.detach_period(date) is
$comment$Takes a month out of the run tables, and returns how many runs went. Their rows stay in tables of their own, guarded, until
drop_period(); attach_period() brings them back. Runs stay listed, with their archive; figures stay.

p_period: the first day of the month, UTC. It goes only if it is over, all its runs have ended and are past the minimum of their
policies, no hold covers one, and the archive that counts holds each of them as it is now.

Writers of other months wait a few hundredths of a second at most. Call it in READ COMMITTED, in a transaction of its
own.

Raises MH016 (invalid argument), MH030 (something keeps the month: the detail names each reason and run), MH031 (it is retired
already), 55P03 (the tables are in use: try again).$comment$;

grant execute on function hypermind.detach_period(date) to hypermind_operator;

commit;

-- Deploy hypermind:functions/restore_rows to pg
-- requires: functions/refuse_snapshots
-- requires: tables/erasures
-- requires: functions/restorable_archive
-- requires: functions/begin_restores
-- requires: functions/refuse_foreign_rows
-- requires: functions/insert_rows
-- requires: functions/run_tables
-- requires: functions/refuse
-- requires: functions/refuse_argument
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.restore_rows(p_archive_id uuid, p_table text, p_rows jsonb)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_archive hypermind.archives;
    v_rows    bigint;
begin
    perform hypermind_private.refuse_snapshots();
    -- First of all: whoever moves a month, or erases, is waited for, and waits; then no erasure is overlooked.
    lock table hypermind.erasures in share row exclusive mode;
    v_archive := hypermind_private.restorable_archive(p_archive_id);
    if p_table is null or not (p_table = 'erased_hashes' or p_table = any (hypermind_private.run_tables())) then
        perform hypermind_private.refuse_argument(
            'p_table', format('%L is not a table that is restored', p_table),
            format('Restore %s, erased_hashes.', array_to_string(hypermind_private.run_tables(), ', ')));
    end if;
    if p_rows is null or jsonb_typeof(p_rows) <> 'array' then
        perform hypermind_private.refuse_argument('p_rows', 'p_rows must be an array of rows', 'Rows are objects, column -> value: [{"run_id": ...}].');
    end if;

    if p_table = 'runs' then
        perform hypermind_private.begin_restores(v_archive, p_rows);
    end if;
    perform hypermind_private.refuse_foreign_rows(v_archive, p_table, p_rows);

    v_rows := hypermind_private.insert_rows(p_table, p_rows);
    if p_table <> 'erased_hashes' and v_rows <> jsonb_array_length(p_rows) then
        perform hypermind_private.refuse(
            'MH029', format('rows of %s are there already', p_table),
            jsonb_build_object('archive_id', p_archive_id, 'table', p_table),
            'Give every row once. Are the files those that were archived? hypermindlabs archive --verify tells.');
    end if;
    return v_rows;
end
$function$;

comment on function hypermind.restore_rows(uuid, text, jsonb) is
$comment$Brings rows of archived runs back, in a transaction that finish_restore() has to end: what is not proved cannot be committed. Returns
how many came; of erased_hashes, how many were not here.

p_archive_id: the archive that they come from. p_table: runs, then run_events, then the other run tables and erased_hashes.
p_rows: an array of objects, column -> value, as the table has them; bytea as its text, \x and hex. Rows of any number of runs; of one run
in any number of calls.

Raises MH016 (invalid argument, such as a run that is here), MH029 (rows that are not of this archive, or are there already), MH031
(the month is detached: attach_period() brings it back).$comment$;

grant execute on function hypermind.restore_rows(uuid, text, jsonb) to hypermind_operator;

commit;

-- Deploy hypermind:functions/insert_rows to pg
-- requires: functions/refuse
-- requires: functions/run_tables
-- requires: tables/erased_hashes

begin;

set local role hypermind_owner;

create or replace function hypermind_private.insert_rows(p_table text, p_rows jsonb)
    returns bigint
    language plpgsql
    volatile
as $function$
declare
    v_rows bigint;
begin
    if p_table = 'run_state_snapshots' then
        -- A state may be JSON's null, which is not SQL's.
        insert into hypermind.run_state_snapshots (
            run_id, seq, project_id, state, salt, state_hash, taken_at, taken_by, contract_version
        )
        select s.run_id, s.seq, s.project_id, case when s.salt is not null then coalesce(s.state, 'null') end, s.salt, s.state_hash,
               s.taken_at, s.taken_by, s.contract_version
        from jsonb_populate_recordset(null::hypermind.run_state_snapshots, p_rows) as s
        on conflict do nothing;
    else
        execute format('insert into hypermind.%I select * from jsonb_populate_recordset(null::hypermind.%I, $1) on conflict do nothing',
                       p_table, p_table)
        using p_rows;
    end if;
    get diagnostics v_rows = row_count;
    return v_rows;
exception
    when integrity_constraint_violation or data_exception then
        perform hypermind_private.refuse(
            'MH029', format('a row of %s cannot be one: %s', p_table, sqlerrm), jsonb_build_object('table', p_table),
            'Are the files those that were archived? hypermindlabs archive --verify tells.');
        return null;
end
$function$;

comment on function hypermind_private.insert_rows(text, jsonb) is
$comment$Inserts rows, given as JSON, that are not there; returns how many.

Raises MH029 (a row that breaks a rule of its table).$comment$;

commit;

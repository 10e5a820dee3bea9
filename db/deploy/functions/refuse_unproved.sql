-- Deploy hypermind:functions/refuse_unproved to pg
-- requires: functions/run_problem
-- requires: tables/archive_runs
-- requires: tables/run_outcomes
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_unproved(p_archive hypermind.archives, p_run_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_problem record;
begin
    select p.bad_seq, p.bad_object, p.problem into v_problem from hypermind_private.run_problem(p_run_id) as p;
    if not found then
        select o.last_seq as bad_seq, 'run_outcomes' as bad_object, 'its chain ends elsewhere than that of the run that was archived' as problem
        into v_problem
        from hypermind.archive_runs as a
        left join hypermind.run_outcomes as o on o.run_id = a.run_id and o.last_seq = a.last_seq and o.last_hash = a.last_hash
        where a.archive_id = p_archive.archive_id and a.run_id = p_run_id and o.run_id is null;
        if not found then
            return;
        end if;
    end if;

    perform hypermind_private.refuse(
        'MH029',
        format('run %s is not what was archived: %s', p_run_id, v_problem.problem),
        jsonb_build_object('archive_id', p_archive.archive_id, 'run_id', p_run_id, 'table', v_problem.bad_object,
                           'seq', v_problem.bad_seq, 'problem', v_problem.problem),
        'Nothing of it was kept. Restore from a copy that is whole: hypermindlabs archive --verify tells which is.');
end
$function$;

comment on function hypermind_private.refuse_unproved(hypermind.archives, uuid) is
$comment$Refuses a restored run that does not verify, or that ends elsewhere than the archive says.

Raises MH029 (archive mismatch).$comment$;

commit;

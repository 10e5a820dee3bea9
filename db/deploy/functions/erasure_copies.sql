-- Deploy hypermind:functions/erasure_copies to pg
-- requires: tables/runs
-- requires: tables/run_summaries
-- requires: tables/erasures
-- requires: tables/run_state_snapshots

begin;

set local role hypermind_owner;

create or replace function hypermind_private.erasure_copies(p_run_id uuid, p_from bigint, p_to bigint, p_input boolean)
    returns uuid[]
    language plpgsql
    stable
as $function$
begin
    return array(
        with recursive forks as (
            select s.run_id
            from hypermind.run_summaries as s
            where s.parent_run_id = p_run_id
              and (p_input and s.forked_at_seq is not null
                   or s.forked_at_seq >= p_from and (p_to is null or s.forked_at_seq < p_to))
            union
            select s.run_id
            from forks as f
            join hypermind.run_summaries as s on s.parent_run_id = f.run_id
            where s.forked_at_seq is not null
        )
        select f.run_id
        from forks as f
        where exists (select from hypermind.runs as r where r.run_id = f.run_id and r.salt is not null)
           or exists (select from hypermind.run_state_snapshots as s
                      where s.run_id = f.run_id and s.seq = 0 and s.state is not null)
           or exists (select from hypermind.run_summaries as s
                      where s.run_id = f.run_id and s.archive_id is not null
                        and not exists (select from hypermind.erasures as e
                                        where e.run_id = f.run_id and (e.seq is null or e.seq = 1)))
        order by f.run_id);
end
$function$;

comment on function hypermind_private.erasure_copies(uuid, bigint, bigint, boolean) is
$comment$The forks of a run, and theirs, that may hold copies of what is erased from it and are not erased themselves.

p_from, p_to: forks at these seqs took the state over; to the end where p_to is NULL, none where p_from is NULL. p_input: every fork
took the input over.$comment$;

commit;

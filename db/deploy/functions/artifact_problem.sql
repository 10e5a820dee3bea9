-- Deploy hypermind:functions/artifact_problem to pg
-- requires: tables/run_artifacts
-- requires: tables/run_events
-- requires: functions/artifact_hash

begin;

set local role hypermind_owner;

create or replace function hypermind_private.artifact_problem(p_run_id uuid)
    returns table (bad_seq bigint, bad_object text, problem text)
    language plpgsql
    stable
    parallel safe
as $function$
begin
    return query
    select coalesce(e.seq, a.seq), 'run_artifacts',
           case when a.run_id is null then format('the artifact of event %s is missing', e.seq)
                when e.run_id is null then format('no event vouches for artifact %s', a.artifact_id)
                else format('artifact %s is not what event %s vouches for', a.artifact_id, e.seq) end
    from (select * from hypermind.run_events as e where e.run_id = p_run_id and e.event_type = 'artifact.attached') as e
    full join (select * from hypermind.run_artifacts as a where a.run_id = p_run_id) as a on a.seq = e.seq
    where hypermind_private.artifact_hash((
              a.run_id, a.artifact_id, a.project_id, a.seq, a.kind, a.media_type, a.uri, a.sha256, a.size_bytes, a.metadata, a.salt,
              a.created_at)::hypermind.run_artifacts) is distinct from e.subject_hash
    order by 1
    limit 1;
end
$function$;

comment on function hypermind_private.artifact_problem(uuid) is
$comment$The first artifact that differs from what its event vouches for, or lacks its counterpart; no row if all fit.$comment$;

commit;

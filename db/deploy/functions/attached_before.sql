-- Deploy hypermind:functions/attached_before to pg
-- requires: functions/writable_run
-- requires: functions/refuse
-- requires: tables/run_artifacts
-- requires: tables/run_events

begin;

set local role hypermind_owner;

create or replace function hypermind_private.attached_before(
    p_run_id uuid, p_artifact_id uuid, p_kind text, p_media_type text, p_uri text, p_sha256 bytea, p_size_bytes bigint,
    p_parent_seq bigint, p_metadata jsonb
)
    returns boolean
    language plpgsql
    volatile
as $function$
declare
    v_artifact   hypermind.run_artifacts;
    v_parent_seq bigint;
begin
    perform hypermind_private.writable_run(p_run_id);

    select * into v_artifact from hypermind.run_artifacts as a where a.run_id = p_run_id and a.artifact_id = p_artifact_id;
    if not found then
        return false;
    end if;
    select e.parent_seq into v_parent_seq from hypermind.run_events as e where e.run_id = p_run_id and e.seq = v_artifact.seq;

    if (v_artifact.kind, v_artifact.media_type, v_artifact.sha256, v_artifact.size_bytes, v_parent_seq)
           is distinct from (p_kind, p_media_type, p_sha256, p_size_bytes, p_parent_seq)
       or (v_artifact.salt is not null and (v_artifact.uri, v_artifact.metadata) is distinct from (p_uri, p_metadata)) then
        perform hypermind_private.refuse(
            'MH005',
            format('artifact %s of run %s was attached before, with other content', p_artifact_id, p_run_id),
            jsonb_build_object('run_id', p_run_id, 'artifact_id', p_artifact_id, 'seq', v_artifact.seq),
            'Give every artifact an id of its own, and repeat an id only to retry the same call.');
    end if;
    return true;
end
$function$;

comment on function hypermind_private.attached_before(uuid, uuid, text, text, text, bytea, bigint, bigint, jsonb) is
$comment$Whether the same call attached the artifact before.

Raises MH001 (run not found), MH005 (the id is used for another artifact).$comment$;

commit;

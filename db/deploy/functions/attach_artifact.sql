-- Deploy hypermind:functions/attach_artifact to pg
-- requires: functions/refuse_append
-- requires: functions/settle_head
-- requires: functions/append_once
-- requires: functions/artifact_hash
-- requires: functions/check_object
-- requires: functions/check_text
-- requires: functions/check_seq
-- requires: tables/run_artifacts
-- requires: roles/hypermind_writer
-- requires: functions/attached_before

begin;

set local role hypermind_owner;

create or replace function hypermind.attach_artifact(
    p_run_id      uuid,
    p_kind        text,
    p_uri         text,
    p_sha256      bytea,
    p_size_bytes  bigint,
    p_media_type  text   default 'application/octet-stream',
    p_parent_seq  bigint default null,
    p_artifact_id uuid   default null,
    p_metadata    jsonb  default '{}',
    p_epoch       bigint default null
)
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_artifact hypermind.run_artifacts;
    v_head     hypermind.run_heads;
begin
    perform hypermind_private.check_text('p_kind', p_kind, 100);
    perform hypermind_private.check_text('p_uri', p_uri, 2000);
    perform hypermind_private.check_text('p_media_type', p_media_type, 200);
    perform hypermind_private.check_object('metadata', p_metadata);
    if length(p_sha256) is distinct from 32 then
        perform hypermind_private.refuse_argument(
            'p_sha256', 'p_sha256 must be the 32 bytes of the file''s SHA-256', 'From hex: decode(''...'', ''hex'').');
    end if;
    if p_size_bytes is null or p_size_bytes < 0 then
        perform hypermind_private.refuse_argument(
            'p_size_bytes', 'p_size_bytes must be the size of the file in bytes', 'It is 0 or more.');
    end if;

    select * into v_head
    from hypermind.run_heads as h
    where h.run_id = p_run_id and hypermind_private.acts_for(h.project_role) and (p_epoch is null or p_epoch = h.epoch)
    for no key update;

    if v_head.run_id is null and p_artifact_id is not null then
        perform hypermind_private.settle_head(p_run_id);
    end if;
    -- Asked under the lock: a twin of this call may have been quicker. A retry must succeed whatever has changed since.
    if p_artifact_id is not null and hypermind_private.attached_before(
        p_run_id, p_artifact_id, p_kind, p_media_type, p_uri, p_sha256, p_size_bytes, p_parent_seq, p_metadata) then
        return p_artifact_id;
    end if;
    if v_head.run_id is null then
        perform hypermind_private.refuse_append(p_run_id, null, p_epoch, null);
    end if;
    if p_parent_seq is not null then
        perform hypermind_private.check_seq(p_run_id, p_parent_seq, 1, v_head.last_seq);
    end if;

    v_artifact.run_id      := p_run_id;
    v_artifact.artifact_id := coalesce(p_artifact_id, gen_random_uuid());
    v_artifact.project_id  := v_head.project_id;
    v_artifact.seq         := v_head.last_seq + 1;
    v_artifact.kind        := p_kind;
    v_artifact.media_type  := p_media_type;
    v_artifact.uri         := p_uri;
    v_artifact.sha256      := p_sha256;
    v_artifact.size_bytes  := p_size_bytes;
    v_artifact.metadata    := p_metadata;
    v_artifact.salt        := gen_random_uuid();
    v_artifact.created_at  := greatest(v_head.last_recorded_at, hypermind_private.clock());

    perform hypermind_private.append_once(
        p_run_id, 'artifact.attached',
        jsonb_build_object('artifact_id', v_artifact.artifact_id, 'kind', p_kind, 'media_type', p_media_type,
                           'size_bytes', p_size_bytes, 'sha256', encode(p_sha256, 'hex')),
        p_parent_seq => p_parent_seq,
        p_subject_hash => hypermind_private.artifact_hash(v_artifact), p_now => v_artifact.created_at);
    insert into hypermind.run_artifacts select v_artifact.*;

    return v_artifact.artifact_id;
end
$function$;

comment on function hypermind.attach_artifact(uuid, text, text, bytea, bigint, text, bigint, uuid, jsonb, bigint) is
$comment$Attaches a pointer to a file that an open run read or made, appends artifact.attached, and returns the artifact's id.

p_kind: what it is to the application, up to 100 characters. p_uri: where it is kept, up to 2000 characters.
p_sha256, p_size_bytes: of the file, so that another file at that place is noticed. p_media_type: RFC 6838.
p_parent_seq: the step that made it. p_artifact_id: makes the call safe to retry. p_metadata: a JSON object. p_epoch: as in
append_event().

Raises MH001 (run not found), MH002 (run closed), MH005 (the id is used for another artifact), MH009 (stale epoch), MH012 (seq out of
range), MH016 (invalid argument), MH017 (value too large).$comment$;

grant execute on function hypermind.attach_artifact(uuid, text, text, bytea, bigint, text, bigint, uuid, jsonb, bigint)
    to hypermind_writer;

commit;

-- Deploy hypermind:functions/record_archive to pg
-- requires: functions/refuse_snapshots
-- requires: functions/archive_figures
-- requires: functions/refuse_mismatch
-- requires: functions/record_archive_runs
-- requires: functions/current_archive
-- requires: functions/check_object
-- requires: functions/check_text
-- requires: functions/refuse_argument
-- requires: functions/caller
-- requires: functions/clock
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.record_archive(
    p_archive_id uuid,
    p_period     date,
    p_location   text,
    p_manifest   text,
    p_supersedes uuid default null
)
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_manifest jsonb;
    v_figures  jsonb;
    v_current  hypermind.archives;
    v_before   hypermind.archives;
begin
    perform hypermind_private.refuse_snapshots();
    if p_archive_id is null then
        perform hypermind_private.refuse_argument('p_archive_id', 'p_archive_id is null', 'Give every archive an id of its own.');
    end if;
    perform hypermind_private.check_text('p_location', p_location, 2000);
    begin
        v_manifest := p_manifest::jsonb;
    exception
        when data_exception or program_limit_exceeded then
            perform hypermind_private.refuse_argument(
                'p_manifest', format('p_manifest is no JSON that can be kept: %s', sqlerrm),
                'Give the text of the file manifest.json, as it is.');
    end;
    perform hypermind_private.check_object('manifest', v_manifest);

    -- One at a time: each takes the place of the one before.
    lock table hypermind.archives in share row exclusive mode;
    select * into v_before from hypermind.archives as a where a.archive_id = p_archive_id;
    if found then
        if (v_before.period, v_before.location, v_before.manifest_sha256)
           is distinct from (p_period, p_location, sha256(convert_to(p_manifest, 'UTF8'))) then
            perform hypermind_private.refuse(
                'MH005', format('archive id %s is taken by another archive', p_archive_id),
                jsonb_build_object('archive_id', p_archive_id), 'Give every archive an id of its own.');
        end if;
        return p_archive_id;
    end if;

    v_figures := hypermind.archive_figures(p_period);
    v_current := hypermind_private.current_archive(p_period);
    if p_supersedes <> v_current.archive_id or p_supersedes is not null and v_current.archive_id is null then
        perform hypermind_private.refuse_argument(
            'p_supersedes', format('%s is not the archive of %s that counts', p_supersedes, to_char(p_period, 'YYYY-MM')),
            coalesce('That is ' || v_current.archive_id || '.', 'It has none.'));
    end if;
    perform hypermind_private.refuse_mismatch(p_archive_id, p_period, v_figures, v_manifest);

    insert into hypermind.archives (
        archive_id, period, location, manifest, manifest_sha256, merkle_root, runs, events, erasures, supersedes, archived_by,
        archived_at
    )
    values (
        p_archive_id, p_period, p_location, v_manifest, sha256(convert_to(p_manifest, 'UTF8')),
        decode(v_figures ->> 'merkle_root', 'hex'), (v_figures ->> 'runs')::bigint, (v_figures ->> 'events')::bigint,
        (v_figures ->> 'erasures')::bigint, v_current.archive_id, hypermind_private.caller(), hypermind_private.clock());
    perform hypermind_private.record_archive_runs(p_archive_id, p_period, v_current.archive_id);
    return p_archive_id;
end
$function$;

comment on function hypermind.record_archive(uuid, date, text, text, uuid) is
$comment$Records that a month has been archived, after its files have been read back and proved: compares what the manifest says with what is
here, and keeps where each run's chain ends. Whatever archive the month had before is superseded. Returns p_archive_id.

p_archive_id: identity of the archive; makes the call safe to retry. p_period: the first day of the month, UTC.
p_location: URL or path of the folder with its files, 1 to 2,000 characters.
p_manifest: the manifest as its file has it, a JSON object, at most 16 MiB; it must contain what archive_figures() says now.
p_supersedes: the archive that this one is to take the place of, if it matters. Of a month that is retired, the new archive is a rewrite
of the one before: the runs stay the same.

Raises MH005 (the id is taken by another archive), MH016 (invalid argument), MH017 (value too large), MH029 (the manifest says
something else), MH030 (the month cannot be archived yet).$comment$;

grant execute on function hypermind.record_archive(uuid, date, text, text, uuid) to hypermind_operator;

commit;

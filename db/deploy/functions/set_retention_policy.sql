-- Deploy hypermind:functions/set_retention_policy to pg
-- requires: tables/retention_policies
-- requires: functions/check_retention_policy
-- requires: functions/check_text
-- requires: functions/project_of
-- requires: functions/refuse
-- requires: functions/clock
-- requires: functions/caller
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.set_retention_policy(
    p_project_id       uuid,
    p_keep_at_least    integer,
    p_keep_at_most     integer,
    p_archive_after    integer,
    p_reason           text,
    p_expected_version integer default null
)
    returns integer
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_latest hypermind.retention_policies;
begin
    perform hypermind_private.check_retention_policy(p_keep_at_least, p_keep_at_most, p_archive_after);
    perform hypermind_private.check_text('p_reason', p_reason, 2000);
    if p_project_id is not null then
        perform hypermind_private.project_of(p_project_id);
    end if;

    select * into v_latest
    from hypermind.retention_policies as r
    where r.scope = coalesce(p_project_id, '00000000-0000-0000-0000-000000000000')
    order by r.version desc
    limit 1;
    v_latest.version := coalesce(v_latest.version, 0);

    -- The same again, also as a retry of the call that made this version.
    if (v_latest.keep_at_least, v_latest.keep_at_most, v_latest.archive_after, v_latest.reason)
           is not distinct from (p_keep_at_least, p_keep_at_most, p_archive_after, p_reason)
       and (p_expected_version is null or p_expected_version in (v_latest.version, v_latest.version - 1)) then
        return v_latest.version;
    end if;
    if p_expected_version <> v_latest.version then
        perform hypermind_private.refuse(
            'MH014',
            format('the retention policy is at version %s, not at %s', v_latest.version, p_expected_version),
            jsonb_build_object('project_id', p_project_id, 'expected_version', p_expected_version,
                               'actual_version', v_latest.version),
            'Somebody else set one. Read hypermind.retention_policies, and decide again.');
    end if;

    insert into hypermind.retention_policies (
        version, keep_at_least, keep_at_most, archive_after, project_id, reason, set_by, set_at
    )
    values (
        v_latest.version + 1, p_keep_at_least, p_keep_at_most, p_archive_after, p_project_id, p_reason, hypermind_private.caller(),
        hypermind_private.clock()
    )
    on conflict (scope, version) do nothing;

    if not found then
        raise exception using
            errcode = '40001',
            message = format('somebody else set version %s of the retention policy just now', v_latest.version + 1),
            hint    = 'Run the transaction again.';
    end if;
    return v_latest.version + 1;
end
$function$;

comment on function hypermind.set_retention_policy(uuid, integer, integer, integer, text, integer) is
$comment$Sets how long the runs of a project are kept, counted from their end, and returns the version of the policy: a new one, or
the latest when that says the same. It deletes and archives nothing: it says what may be, and what is to be.

p_project_id: the project; NULL for all that have no policy of their own.
p_keep_at_least: for so many days, 0 to 36500, a run may not be deleted.
p_keep_at_most: after so many days, 1 to 36500, it is to be deleted; NULL for never.
p_archive_after: after so many days, at most p_keep_at_most, it is to be archived; NULL for never by itself.
p_reason: the law, the contract, up to 2000 characters.
p_expected_version: the version the caller believes to be the latest of the project (or, without one, of the ledger), 0 for none;
NULL does not check it.

Raises MH014 (another version is the latest), MH015 (project not found), MH016 (invalid argument), 40001 (somebody else set one just
now: run the transaction again).$comment$;

grant execute on function hypermind.set_retention_policy(uuid, integer, integer, integer, text, integer) to hypermind_operator;

commit;

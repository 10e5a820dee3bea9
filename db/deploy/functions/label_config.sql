-- Deploy hypermind:functions/label_config to pg
-- requires: functions/config_version
-- requires: functions/project_of
-- requires: functions/check_text
-- requires: tables/config_label_history
-- requires: roles/hypermind_writer

begin;

set local role hypermind_owner;

create or replace function hypermind.label_config(
    p_project_id uuid, p_kind text, p_name text, p_label text, p_version integer
)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_project constant hypermind.projects := hypermind_private.project_of(p_project_id);
    v_version hypermind.config_versions;
    v_move    integer;
begin
    perform hypermind_private.check_text('p_label', p_label, 100);
    v_version := hypermind_private.config_version(v_project.project_id, p_kind, p_name, coalesce(p_version, 0), null);

    -- A label that names the version already stays as it is: no row comes back.
    insert into hypermind.config_labels as l (config_id, label, project_id, version, moves)
    values (v_version.config_id, p_label, v_project.project_id, v_version.version, 1)
    on conflict (config_id, label) do update
        set version = excluded.version, moves = l.moves + 1
        where l.version <> excluded.version
    returning l.moves into v_move;

    if found then
        insert into hypermind.config_label_history (config_id, label, move, project_id, version, moved_by, moved_at)
        values (v_version.config_id, p_label, v_move, v_project.project_id, v_version.version, hypermind_private.caller(),
                hypermind_private.clock());
    end if;
end
$function$;

comment on function hypermind.label_config(uuid, text, text, text, integer) is
$comment$Lets a label, such as production, name a version from now on, and records who moved it. Runs that exist keep their pins.

p_label: up to 100 characters. p_version: the version to name.

Raises MH013 (no such version), MH015 (project not found), MH016 (invalid argument).$comment$;

grant execute on function hypermind.label_config(uuid, text, text, text, integer) to hypermind_writer;

commit;

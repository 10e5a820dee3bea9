-- Deploy hypermind:functions/archive_location to pg
-- requires: tables/archives
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.archive_location(p_archive_id uuid)
    returns text
    language sql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    strict
as $function$
    select a.location from hypermind.archives as a where a.archive_id = p_archive_id
$function$;

comment on function hypermind.archive_location(uuid) is
$comment$Where the files of an archive are: the URL or path of their folder; NULL when there is no such archive.

p_archive_id: as run_overview and list_runs() have it of a run whose rows are away.$comment$;

grant execute on function hypermind.archive_location(uuid) to hypermind_reader;

commit;

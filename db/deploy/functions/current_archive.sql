-- Deploy hypermind:functions/current_archive to pg
-- requires: tables/archives

begin;

set local role hypermind_owner;

create or replace function hypermind_private.current_archive(p_period date)
    returns hypermind.archives
    language plpgsql
    stable
as $function$
declare
    v_archive hypermind.archives;
begin
    select * into v_archive
    from hypermind.archives as a
    where a.period = p_period
      and not exists (select from hypermind.archives as later where later.supersedes = a.archive_id)
    order by a.archived_at desc, a.archive_id
    limit 1;

    return v_archive;
end
$function$;

comment on function hypermind_private.current_archive(date) is
$comment$The archive of a month that counts: the latest that no other takes the place of. NULL when there is none.$comment$;

commit;

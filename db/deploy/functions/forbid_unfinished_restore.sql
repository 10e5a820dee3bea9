-- Deploy hypermind:functions/forbid_unfinished_restore to pg
-- requires: tables/restores

begin;

set local role hypermind_owner;

create or replace function hypermind_private.forbid_unfinished_restore()
    returns trigger
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $function$
begin
    if exists (select from hypermind.restores as r where r.run_id = new.run_id) then
        raise exception using
            errcode = 'MH029',
            message = format('run %s was not restored to its end: nothing of it is kept', new.run_id),
            detail  = jsonb_build_object('archive_id', new.archive_id, 'run_id', new.run_id)::text,
            hint    = 'Call finish_restore() in the transaction that called restore_rows().';
    end if;
    return null;
end
$function$;

comment on function hypermind_private.forbid_unfinished_restore() is
$comment$Trigger function of restores, called when a transaction commits: refuses one that restored rows of a run without proving
them.

Raises MH029 (archive mismatch).$comment$;

commit;

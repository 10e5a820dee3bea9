-- Deploy hypermind:functions/kept_hashes to pg
-- requires: tables/erased_hashes

begin;

set local role hypermind_owner;

create or replace function hypermind_private.kept_hashes(p_run_id uuid, p_kind text, p_seq bigint)
    returns hypermind.erased_hashes
    language plpgsql
    stable
    parallel safe
as $function$
declare
    v_hashes hypermind.erased_hashes;
begin
    select * into v_hashes
    from hypermind.erased_hashes as x
    where x.run_id = p_run_id and x.kind = p_kind and x.seq = p_seq;

    return v_hashes;
end
$function$;

comment on function hypermind_private.kept_hashes(uuid, text, bigint) is
$comment$The hashes that stayed of an erased row; all NULL when it is not erased. A function of its own, so that whoever has the content
pays nothing for it.$comment$;

commit;

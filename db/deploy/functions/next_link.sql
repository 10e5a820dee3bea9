-- Deploy hypermind:functions/next_link to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.next_link(p_hash bytea, p_first_hash bytea, p_canonical bytea)
    returns bytea
    language plpgsql
    immutable
    parallel safe
as $function$
begin
    return sha256(coalesce(p_hash, p_first_hash) || p_canonical);
end
$function$;

comment on function hypermind_private.next_link(bytea, bytea, bytea) is
$comment$Transition function of chain_hash(): the hash of one more event.$comment$;

commit;

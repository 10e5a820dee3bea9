-- Deploy hypermind:functions/run_leaf to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_leaf(p_run_id uuid, p_last_seq bigint, p_last_hash bytea)
    returns bytea
    language sql
    immutable
    parallel safe
as $function$
    select sha256(decode('00', 'hex') || uuid_send(p_run_id) || int8send(p_last_seq) || p_last_hash)
$function$;

comment on function hypermind_private.run_leaf(uuid, bigint, bytea) is
$comment$The leaf of a run in a Merkle tree: where its chain stands (docs/hash-chain.md). NULL when an argument is NULL.$comment$;

commit;

-- Deploy hypermind:functions/merkle_root to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.merkle_root(p_leaves bytea[])
    returns bytea
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_level bytea[] := p_leaves;
begin
    if cardinality(v_level) = 0 then
        return sha256('');
    end if;

    -- A level at a time: every other hash takes in the one to its right; the last one of an odd number goes up as it is. That is
    -- the tree of RFC 6962, which splits at the largest power of two.
    while cardinality(v_level) > 1 loop
        select array_agg(coalesce(sha256(decode('01', 'hex') || p.hash || p.next_hash), p.hash) order by p.number)
        into v_level
        from (
            select n.hash, n.number, lead(n.hash) over (order by n.number) as next_hash
            from unnest(v_level) with ordinality as n (hash, number)
        ) as p
        where p.number % 2 = 1;
    end loop;

    return v_level[1];
end
$function$;

comment on function hypermind_private.merkle_root(bytea[]) is
$comment$The Merkle Tree Hash of RFC 6962 over leaves that are hashes already (run_leaf), in their order (docs/hash-chain.md).
SHA-256 of nothing for none, the leaf itself for one, NULL for NULL.$comment$;

commit;

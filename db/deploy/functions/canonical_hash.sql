-- Deploy hypermind:functions/canonical_hash to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.canonical_hash(p_array jsonb)
    returns bytea
    language sql
    stable
    parallel safe
as $function$
    select sha256(convert_to(p_array::text, 'UTF8'))
$function$;

comment on function hypermind_private.canonical_hash(jsonb) is
$comment$SHA-256 over the UTF-8 text of a canonical array as jsonb prints it (docs/hash-chain.md).

Its elements may be text, bigint, numeric, boolean, uuid, text[] and null: the text of any other type follows session settings.$comment$;

commit;

-- Deploy hypermind:functions/salted_hash to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.salted_hash(p_salt uuid, p_value jsonb)
    returns bytea
    language sql
    stable
    parallel safe
as $function$
    select sha256(uuid_send(p_salt) || convert_to(p_value::text, 'UTF8'))
$function$;

comment on function hypermind_private.salted_hash(uuid, jsonb) is
$comment$SHA-256 over the 16 bytes of the salt and the UTF-8 text of the value as jsonb prints it; NULL when either is NULL.

The form is specified in docs/hash-chain.md: it must not change within a format version.$comment$;

commit;

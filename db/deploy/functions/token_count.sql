-- Deploy hypermind:functions/token_count to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.token_count(p_payload jsonb, p_member text)
    returns bigint
    language sql
    immutable
    parallel safe
as $function$
    select nullif(p_payload -> p_member, 'null')::bigint
$function$;

comment on function hypermind_private.token_count(jsonb, text) is
$comment$The number of tokens that a member of a payload holds; NULL when it is absent or null. The payload has met a contract
that makes it a number of the column.$comment$;

commit;

-- Deploy hypermind:functions/pointer_token to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.pointer_token(p_key text)
    returns text
    language sql
    immutable
    parallel safe
as $function$
    select replace(replace(p_key, '~', '~0'), '/', '~1')
$function$;

comment on function hypermind_private.pointer_token(text) is
$comment$A member's name as one token of a JSON Pointer (RFC 6901): a/b is a~1b.$comment$;

commit;

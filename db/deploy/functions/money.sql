-- Deploy hypermind:functions/money to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.money(p_payload jsonb, p_member text)
    returns numeric
    language sql
    immutable
    parallel safe
as $function$
    select nullif(p_payload -> p_member, 'null')::numeric
$function$;

comment on function hypermind_private.money(jsonb, text) is
$comment$The amount that a member of a payload holds; NULL when it is absent or null. The payload has met a contract that makes it
a number.$comment$;

commit;

-- Deploy hypermind:functions/genesis_hash to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.genesis_hash()
    returns bytea
    language sql
    immutable
    parallel safe
as $function$
    select decode(repeat('00', 32), 'hex')
$function$;

comment on function hypermind_private.genesis_hash() is
$comment$The hash before the first event of a run: 32 zero bytes.$comment$;

commit;

-- Deploy hypermind:functions/chain_hash to pg
-- requires: functions/next_link

begin;

set local role hypermind_owner;

create or replace aggregate hypermind_private.chain_hash(p_first_hash bytea, p_canonical bytea) (
    sfunc = hypermind_private.next_link,
    stype = bytea
);

comment on aggregate hypermind_private.chain_hash(bytea, bytea) is
$comment$The hash chain over canonical events in order, starting from p_first_hash. As a window function: the event_hash of each.$comment$;

commit;

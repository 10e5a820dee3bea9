-- Revert hypermind:functions/run_query from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.run_query(uuid[], text, text, text, text, text, text[], text, uuid[], integer, uuid);

commit;

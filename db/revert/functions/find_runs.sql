-- Revert hypermind:functions/find_runs from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.find_runs(
    uuid[], uuid, uuid, integer, text, text, text, text, text, text[], text, uuid[], integer, uuid
);

commit;

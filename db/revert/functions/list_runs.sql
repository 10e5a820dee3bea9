-- Revert hypermind:functions/list_runs from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.list_runs(
    uuid, text, text, text, text, text, text, text[], text, text, text, integer, uuid, timestamptz, timestamptz,
    integer, text
);

commit;

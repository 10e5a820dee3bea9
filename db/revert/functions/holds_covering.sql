-- Revert hypermind:functions/holds_covering from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.holds_covering(uuid);

commit;

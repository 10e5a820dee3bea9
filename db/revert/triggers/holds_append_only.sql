-- Revert hypermind:triggers/holds_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger holds_no_truncate on hypermind.holds;
drop trigger holds_append_only on hypermind.holds;

commit;

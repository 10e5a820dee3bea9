-- Revert hypermind:triggers/digest_leaves_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger digest_leaves_no_truncate on hypermind.digest_leaves;
drop trigger digest_leaves_append_only on hypermind.digest_leaves;

commit;

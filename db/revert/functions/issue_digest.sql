-- Revert hypermind:functions/issue_digest from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.issue_digest();

commit;

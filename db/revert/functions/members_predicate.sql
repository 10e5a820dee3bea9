-- Revert hypermind:functions/members_predicate from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.members_predicate(text, text, text);

commit;

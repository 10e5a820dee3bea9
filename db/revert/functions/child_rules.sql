-- Revert hypermind:functions/child_rules from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.child_rules(jsonb);

commit;

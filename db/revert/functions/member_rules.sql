-- Revert hypermind:functions/member_rules from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.member_rules(jsonb, text[], text);

commit;

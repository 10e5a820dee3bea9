-- Revert hypermind:functions/implied_rules from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.implied_rules(jsonb, text[], text[], jsonb, text);

commit;

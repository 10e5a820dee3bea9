-- Revert hypermind:functions/rule_breaks from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.rule_breaks(jsonb, text[], text[], jsonb, text, text[], text[], text[], int);

commit;

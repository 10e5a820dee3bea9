-- Revert hypermind:functions/rule_shape from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.rule_shape(jsonb, text);

commit;

-- Revert hypermind:functions/element_rules from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.element_rules(jsonb, text[], integer);

commit;

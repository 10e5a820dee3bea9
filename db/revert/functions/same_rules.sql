-- Revert hypermind:functions/same_rules from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.same_rules(jsonb, jsonb, text, text);

commit;

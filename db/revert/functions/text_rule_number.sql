-- Revert hypermind:functions/text_rule_number from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.text_rule_number(text);

commit;

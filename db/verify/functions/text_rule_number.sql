-- Verify hypermind:functions/text_rule_number on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.text_rule_number(text)', p_volatility => 'i');

rollback;

-- Verify hypermind:functions/hold_word on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.hold_word(hypermind.holds)', p_volatility => 'i');

rollback;

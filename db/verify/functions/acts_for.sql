-- Verify hypermind:functions/acts_for on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.acts_for(text)', p_volatility => 's');

rollback;

-- Verify hypermind:functions/assert_function on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.assert_function(regprocedure, name[], boolean, "char")',
    p_volatility => 's');

rollback;

-- Verify hypermind:functions/structure_problems on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.structure_problems()', p_volatility => 's');

rollback;

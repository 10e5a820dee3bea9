-- Verify hypermind:functions/rollup on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.rollup(uuid, text, date, date, text, text[])',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;

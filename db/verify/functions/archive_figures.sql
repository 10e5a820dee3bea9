-- Verify hypermind:functions/archive_figures on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.archive_figures(date)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;

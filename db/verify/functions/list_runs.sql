-- Verify hypermind:functions/list_runs on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.list_runs('
    'uuid, text, text, text, text, text, text, text[], text, text, text, integer, uuid, timestamptz, '
    'timestamptz, integer, text)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;

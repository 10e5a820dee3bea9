-- Verify hypermind:functions/restore_rows on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.restore_rows(uuid, text, jsonb)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;

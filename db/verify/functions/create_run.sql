-- Verify hypermind:functions/create_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.create_run(uuid, text, jsonb, jsonb, jsonb, text[], uuid, uuid, text, text, text)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;

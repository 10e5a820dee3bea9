-- Verify hypermind:functions/label_config on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.label_config(uuid, text, text, text, integer)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;

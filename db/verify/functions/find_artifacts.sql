-- Verify hypermind:functions/find_artifacts on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.find_artifacts(uuid, text, text, text, bytea, uuid, timestamptz, timestamptz, integer, text)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;

-- Verify hypermind:functions/search_events on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.search_events(text, uuid, text, text[], text, text, timestamptz, timestamptz, uuid, integer, text)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;

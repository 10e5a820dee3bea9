-- Revert hypermind:functions/search_leaf from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.search_leaf(text, tsquery, tsquery, uuid[], uuid, uuid, bigint, integer, boolean, bigint);

commit;

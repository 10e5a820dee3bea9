-- Revert hypermind:functions/keyword_breaks from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.keyword_breaks(jsonb, text[], text[], jsonb, text);

commit;

-- Revert hypermind:functions/quickly_accepts from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.quickly_accepts(jsonpath, text[], jsonb);

commit;

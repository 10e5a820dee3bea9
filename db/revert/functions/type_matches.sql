-- Revert hypermind:functions/type_matches from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.type_matches(jsonb, jsonb);

commit;

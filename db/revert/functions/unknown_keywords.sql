-- Revert hypermind:functions/unknown_keywords from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.unknown_keywords(jsonb);

commit;

-- Revert hypermind:functions/token_count from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.token_count(jsonb, text);

commit;

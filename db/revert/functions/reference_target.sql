-- Revert hypermind:functions/reference_target from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.reference_target(text, text[], jsonb);

commit;

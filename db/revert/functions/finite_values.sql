-- Revert hypermind:functions/finite_values from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.finite_values(jsonb, text[], text[]);

commit;

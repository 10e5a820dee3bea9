-- Revert hypermind:functions/apply_retention from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.apply_retention(date, bytea);

commit;

-- Revert hypermind:functions/steps_of_attached from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.steps_of_attached(date, boolean);

commit;

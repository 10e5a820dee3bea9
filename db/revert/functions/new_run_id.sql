-- Revert hypermind:functions/new_run_id from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.new_run_id();

commit;

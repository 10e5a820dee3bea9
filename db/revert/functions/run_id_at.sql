-- Revert hypermind:functions/run_id_at from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.run_id_at(timestamp with time zone);

commit;

-- Revert hypermind:functions/listed_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.listed_run(uuid);

commit;

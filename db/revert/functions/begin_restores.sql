-- Revert hypermind:functions/begin_restores from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.begin_restores(hypermind.archives, jsonb);

commit;

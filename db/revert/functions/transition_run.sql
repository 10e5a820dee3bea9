-- Revert hypermind:functions/transition_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.transition_run(uuid, text, jsonb, bigint, bigint);

commit;

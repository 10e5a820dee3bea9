-- Revert hypermind:functions/fork_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.fork_run(uuid, bigint, jsonb, jsonb, uuid, jsonb, text[], text);

commit;

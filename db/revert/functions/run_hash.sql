-- Revert hypermind:functions/run_hash from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.run_hash(hypermind.runs, jsonb, bytea);

commit;

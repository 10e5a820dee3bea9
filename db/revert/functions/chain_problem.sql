-- Revert hypermind:functions/chain_problem from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.chain_problem(uuid);

commit;

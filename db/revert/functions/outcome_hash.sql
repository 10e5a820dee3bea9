-- Revert hypermind:functions/outcome_hash from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.outcome_hash(hypermind.run_outcomes);

commit;

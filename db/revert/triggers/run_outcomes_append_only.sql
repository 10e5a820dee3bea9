-- Revert hypermind:triggers/run_outcomes_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger run_outcomes_no_truncate on hypermind.run_outcomes;
drop trigger run_outcomes_append_only on hypermind.run_outcomes;

commit;

-- Revert hypermind:triggers/run_summaries_kept from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger run_summaries_no_truncate on hypermind.run_summaries;
drop trigger run_summaries_kept on hypermind.run_summaries;

commit;

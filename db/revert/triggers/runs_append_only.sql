-- Revert hypermind:triggers/runs_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger runs_no_truncate on hypermind.runs;
drop trigger runs_append_only on hypermind.runs;

commit;

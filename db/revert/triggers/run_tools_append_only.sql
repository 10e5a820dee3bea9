-- Revert hypermind:triggers/run_tools_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger run_tools_no_truncate on hypermind.run_tools;
drop trigger run_tools_append_only on hypermind.run_tools;

commit;

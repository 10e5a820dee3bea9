-- Revert hypermind:triggers/run_config_refs_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger run_config_refs_no_truncate on hypermind.run_config_refs;
drop trigger run_config_refs_append_only on hypermind.run_config_refs;

commit;

-- Verify hypermind:triggers/erased_hashes_append_only on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_guarded('hypermind.erased_hashes');

rollback;

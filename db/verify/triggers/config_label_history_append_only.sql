-- Verify hypermind:triggers/config_label_history_append_only on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_guarded('hypermind.config_label_history');

rollback;

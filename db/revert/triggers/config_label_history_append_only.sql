-- Revert hypermind:triggers/config_label_history_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger config_label_history_no_truncate on hypermind.config_label_history;
drop trigger config_label_history_append_only on hypermind.config_label_history;

commit;

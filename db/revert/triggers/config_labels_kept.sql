-- Revert hypermind:triggers/config_labels_kept from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger config_labels_no_truncate on hypermind.config_labels;
drop trigger config_labels_kept on hypermind.config_labels;

commit;

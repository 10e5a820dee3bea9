-- Revert hypermind:policies/config_label_history from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy config_label_history_of_the_readers_projects on hypermind.config_label_history;

commit;

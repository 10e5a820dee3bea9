-- Revert hypermind:policies/config_labels from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy config_labels_of_the_readers_projects on hypermind.config_labels;

commit;

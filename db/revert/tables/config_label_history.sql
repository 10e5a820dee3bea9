-- Revert hypermind:tables/config_label_history from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.config_label_history;

commit;

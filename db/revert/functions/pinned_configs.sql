-- Revert hypermind:functions/pinned_configs from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.pinned_configs(uuid);

commit;

-- Revert hypermind:functions/config_ids from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.config_ids(uuid[], text, text, integer);

commit;

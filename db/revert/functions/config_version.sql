-- Revert hypermind:functions/config_version from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.config_version(uuid, text, text, integer, text);

commit;

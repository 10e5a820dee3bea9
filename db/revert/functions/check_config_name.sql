-- Revert hypermind:functions/check_config_name from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_config_name(text, text);

commit;

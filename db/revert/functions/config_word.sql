-- Revert hypermind:functions/config_word from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.config_word(uuid, integer);

commit;

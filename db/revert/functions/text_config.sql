-- Revert hypermind:functions/text_config from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.text_config();

commit;

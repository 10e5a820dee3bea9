-- Revert hypermind:functions/label_config from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.label_config(uuid, text, text, text, integer);

commit;

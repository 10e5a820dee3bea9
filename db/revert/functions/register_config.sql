-- Revert hypermind:functions/register_config from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.register_config(uuid, text, text, jsonb, integer, text);

commit;

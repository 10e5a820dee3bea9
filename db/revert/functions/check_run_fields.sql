-- Revert hypermind:functions/check_run_fields from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_run_fields(jsonb, jsonb, text[], text, text, text);

commit;

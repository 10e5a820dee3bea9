-- Revert hypermind:functions/runs_of_config from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.runs_of_config(uuid, text, text, integer, text, integer, text);

commit;

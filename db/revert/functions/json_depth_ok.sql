-- Revert hypermind:functions/json_depth_ok from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.json_depth_ok(jsonb, int);

commit;

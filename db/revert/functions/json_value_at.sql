-- Revert hypermind:functions/json_value_at from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.json_value_at(jsonb, text[]);

commit;

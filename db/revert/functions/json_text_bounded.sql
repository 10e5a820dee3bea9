-- Revert hypermind:functions/json_text_bounded from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.json_text_bounded(jsonb);

commit;

-- Revert hypermind:functions/raise_bad_state_delta from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.raise_bad_state_delta(int, jsonb, text, text);

commit;

-- Revert hypermind:functions/possible_types from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.possible_types(jsonb, text[], text[]);

commit;

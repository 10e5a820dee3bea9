-- Revert hypermind:functions/run_ends from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.run_ends(text[], integer[], uuid[]);

commit;

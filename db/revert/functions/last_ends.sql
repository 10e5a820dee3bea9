-- Revert hypermind:functions/last_ends from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.last_ends(date);

commit;

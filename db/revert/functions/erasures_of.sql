-- Revert hypermind:functions/erasures_of from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.erasures_of(date);

commit;

-- Revert hypermind:functions/refuse_retired from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_retired(date, text, text);

commit;

-- Revert hypermind:functions/refuse_period from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_period(date, text, jsonb);

commit;

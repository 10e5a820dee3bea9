-- Revert hypermind:functions/money from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.money(jsonb, text);

commit;

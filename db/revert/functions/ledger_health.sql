-- Revert hypermind:functions/ledger_health from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.ledger_health();

commit;

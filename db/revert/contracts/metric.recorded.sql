-- Revert hypermind:contracts/metric.recorded from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

select hypermind_private.withdraw_contract('metric.recorded');

commit;

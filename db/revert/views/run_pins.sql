-- Revert hypermind:views/run_pins from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop view hypermind.run_pins;

commit;

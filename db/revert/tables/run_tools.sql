-- Revert hypermind:tables/run_tools from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.run_tools;

commit;

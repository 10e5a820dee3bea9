-- Revert hypermind:functions/insert_only_tables from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.insert_only_tables();

commit;

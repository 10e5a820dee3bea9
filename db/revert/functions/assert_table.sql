-- Revert hypermind:functions/assert_table from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.assert_table(regclass, text);

commit;

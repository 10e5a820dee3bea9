-- Revert hypermind:functions/rollup from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.rollup(uuid, text, date, date, text, text[]);

commit;

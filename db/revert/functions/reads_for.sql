-- Revert hypermind:functions/reads_for from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.reads_for(text);

commit;

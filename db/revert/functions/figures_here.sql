-- Revert hypermind:functions/figures_here from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.figures_here(date);

commit;

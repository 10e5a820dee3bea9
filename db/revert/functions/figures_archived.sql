-- Revert hypermind:functions/figures_archived from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.figures_archived(hypermind.archives);

commit;

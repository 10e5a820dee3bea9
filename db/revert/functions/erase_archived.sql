-- Revert hypermind:functions/erase_archived from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.erase_archived(hypermind.run_summaries, bigint, text);

commit;

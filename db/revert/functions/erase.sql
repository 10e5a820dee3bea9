-- Revert hypermind:functions/erase from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.erase(hypermind.run_summaries, bigint, text, uuid);

commit;

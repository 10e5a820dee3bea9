-- Revert hypermind:indexes/run_summaries_words_idx from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop index hypermind.run_summaries_words_idx;

commit;

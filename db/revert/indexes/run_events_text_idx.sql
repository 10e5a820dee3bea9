-- Revert hypermind:indexes/run_events_text_idx from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop statistics hypermind.run_events_text_stat;
drop index hypermind.run_events_text_idx;

commit;

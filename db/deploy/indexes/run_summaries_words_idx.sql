-- Deploy hypermind:indexes/run_summaries_words_idx to pg
-- requires: tables/run_summaries

begin;

set local role hypermind_owner;

-- list_runs() by tags and config versions that few runs have. fastupdate is off: no create_run() pays for the pending lists of others.
create index run_summaries_words_idx on hypermind.run_summaries using gin (words) with (fastupdate = off);

commit;

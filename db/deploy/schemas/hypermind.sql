-- Deploy hypermind:schemas/hypermind to pg
-- requires: roles/hypermind_owner
-- requires: roles/hypermind_reader

begin;

create schema hypermind authorization hypermind_owner;

set local role hypermind_owner;

-- Before the first function: functions are executable by PUBLIC unless this says otherwise.
alter default privileges for role hypermind_owner revoke execute on functions from public;

comment on schema hypermind is
    'The ledger of agent runs: the tables, views and functions that clients use. Tables are read, never written; functions write.';

grant usage on schema hypermind to hypermind_reader;

commit;

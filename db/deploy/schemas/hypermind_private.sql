-- Deploy hypermind:schemas/hypermind_private to pg
-- requires: schemas/hypermind

begin;

create schema hypermind_private authorization hypermind_owner;

set local role hypermind_owner;

comment on schema hypermind_private is
    'Helpers, trigger functions and the monthly leaves of the run tables. No client has any right here.';

commit;

-- Revert hypermind:schemas/hypermind_private from pg

begin;

drop schema hypermind_private;

commit;

-- Revert hypermind:schemas/hypermind from pg

begin;

set local role hypermind_owner;

alter default privileges for role hypermind_owner grant execute on functions to public;

reset role;

drop schema hypermind;

commit;

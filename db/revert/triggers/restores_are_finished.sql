-- Revert hypermind:triggers/restores_are_finished from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger restores_are_finished on hypermind.restores;

commit;

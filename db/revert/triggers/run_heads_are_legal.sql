-- Revert hypermind:triggers/run_heads_are_legal from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger run_heads_are_legal on hypermind.run_heads;

commit;

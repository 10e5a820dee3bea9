-- Revert hypermind:functions/apply_erasures from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.apply_erasures(uuid);

commit;

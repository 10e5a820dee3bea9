-- Revert hypermind:functions/genesis_hash from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.genesis_hash();

commit;

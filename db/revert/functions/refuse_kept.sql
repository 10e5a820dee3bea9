-- Revert hypermind:functions/refuse_kept from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_kept(date);

commit;

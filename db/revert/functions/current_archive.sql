-- Revert hypermind:functions/current_archive from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.current_archive(date);

commit;

-- Revert hypermind:triggers/erasures_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger erasures_no_truncate on hypermind.erasures;
drop trigger erasures_append_only on hypermind.erasures;

commit;

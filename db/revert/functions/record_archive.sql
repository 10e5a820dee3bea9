-- Revert hypermind:functions/record_archive from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.record_archive(uuid, date, text, text, uuid);

commit;

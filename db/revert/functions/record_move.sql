-- Revert hypermind:functions/record_move from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.record_move(date, text, uuid, bigint);

commit;

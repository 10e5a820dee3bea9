-- Revert hypermind:functions/run_timeline from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.run_timeline(uuid, bigint, integer, text[]);

commit;

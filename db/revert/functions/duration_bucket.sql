-- Revert hypermind:functions/duration_bucket from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.duration_bucket(timestamptz, timestamptz);

commit;

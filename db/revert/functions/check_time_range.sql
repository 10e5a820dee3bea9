-- Revert hypermind:functions/check_time_range from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_time_range(timestamptz, timestamptz, interval);

commit;

-- Revert hypermind:functions/bucket_seconds from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.bucket_seconds(smallint);

commit;

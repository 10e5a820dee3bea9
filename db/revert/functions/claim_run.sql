-- Revert hypermind:functions/claim_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.claim_run(uuid, text, interval, bigint);

commit;

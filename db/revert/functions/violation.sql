-- Revert hypermind:functions/violation from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.violation(text, text, text, text);

commit;

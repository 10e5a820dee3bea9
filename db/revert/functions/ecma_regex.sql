-- Revert hypermind:functions/ecma_regex from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.ecma_regex(text);

commit;

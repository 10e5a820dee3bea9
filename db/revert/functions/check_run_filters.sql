-- Revert hypermind:functions/check_run_filters from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_run_filters(text, text, text[]);

commit;

-- Revert hypermind:functions/check_hold_form from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_hold_form(uuid, text, text, integer, text);

commit;

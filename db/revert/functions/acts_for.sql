-- Revert hypermind:functions/acts_for from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.acts_for(text);

commit;

-- Revert hypermind:functions/node_predicate from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.node_predicate(jsonb, text, text, boolean, text[]);

commit;

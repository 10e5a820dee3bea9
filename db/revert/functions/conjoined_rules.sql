-- Revert hypermind:functions/conjoined_rules from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.conjoined_rules(jsonb, text[]);

commit;

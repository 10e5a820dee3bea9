-- Revert hypermind:triggers/config_entities_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger config_entities_no_truncate on hypermind.config_entities;
drop trigger config_entities_append_only on hypermind.config_entities;

commit;

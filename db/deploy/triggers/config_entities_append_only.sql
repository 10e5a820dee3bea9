-- Deploy hypermind:triggers/config_entities_append_only to pg
-- requires: tables/config_entities
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

create trigger config_entities_append_only
    before update or delete on hypermind.config_entities
    for each row execute function hypermind_private.forbid_mutation();

create trigger config_entities_no_truncate
    before truncate on hypermind.config_entities
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.config_entities enable always trigger config_entities_append_only;
alter table hypermind.config_entities enable always trigger config_entities_no_truncate;

commit;

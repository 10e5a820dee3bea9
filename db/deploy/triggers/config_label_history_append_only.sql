-- Deploy hypermind:triggers/config_label_history_append_only to pg
-- requires: tables/config_label_history
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

create trigger config_label_history_append_only
    before update or delete on hypermind.config_label_history
    for each row execute function hypermind_private.forbid_mutation();

create trigger config_label_history_no_truncate
    before truncate on hypermind.config_label_history
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.config_label_history enable always trigger config_label_history_append_only;
alter table hypermind.config_label_history enable always trigger config_label_history_no_truncate;

commit;

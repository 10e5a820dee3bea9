-- Deploy hypermind:triggers/config_labels_kept to pg
-- requires: tables/config_labels
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- A label moves; it never goes away.
create trigger config_labels_kept
    before delete on hypermind.config_labels
    for each row execute function hypermind_private.forbid_mutation();

create trigger config_labels_no_truncate
    before truncate on hypermind.config_labels
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.config_labels enable always trigger config_labels_kept;
alter table hypermind.config_labels enable always trigger config_labels_no_truncate;

commit;

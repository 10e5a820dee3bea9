-- Deploy hypermind:triggers/contracts_append_only to pg
-- requires: tables/contracts
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

create trigger contracts_append_only
    before update or delete on hypermind.contracts
    for each row execute function hypermind_private.forbid_mutation();

create trigger contracts_no_truncate
    before truncate on hypermind.contracts
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.contracts enable always trigger contracts_append_only;
alter table hypermind.contracts enable always trigger contracts_no_truncate;

commit;

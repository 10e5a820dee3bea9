-- Deploy hypermind:triggers/digest_leaves_append_only to pg
-- requires: tables/digest_leaves
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- What a digest is made of stays: guards against changing its leaves.
create trigger digest_leaves_append_only
    before update or delete on hypermind.digest_leaves
    for each row execute function hypermind_private.forbid_mutation();

create trigger digest_leaves_no_truncate
    before truncate on hypermind.digest_leaves
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.digest_leaves enable always trigger digest_leaves_append_only;
alter table hypermind.digest_leaves enable always trigger digest_leaves_no_truncate;

commit;

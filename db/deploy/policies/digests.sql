-- Deploy hypermind:policies/digests to pg
-- requires: tables/digests
-- requires: roles/hypermind_operator
-- requires: roles/hypermind_auditor

begin;

set local role hypermind_owner;

create policy digests_of_operators_and_auditors on hypermind.digests
    for select
    using (pg_has_role('hypermind_operator', 'USAGE') or pg_has_role('hypermind_auditor', 'USAGE'));

comment on policy digests_of_operators_and_auditors on hypermind.digests is
    'Digests name no run, but count those of every project: for those who look after all of them.';

commit;

-- Deploy hypermind:policies/archives to pg
-- requires: tables/archives
-- requires: roles/hypermind_operator
-- requires: roles/hypermind_auditor

begin;

set local role hypermind_owner;

create policy archives_of_operators_and_auditors on hypermind.archives
    for select
    using (pg_has_role('hypermind_operator', 'USAGE') or pg_has_role('hypermind_auditor', 'USAGE'));

comment on policy archives_of_operators_and_auditors on hypermind.archives is
    'A manifest counts the runs of every project: only those who look after all of them read it.';

commit;

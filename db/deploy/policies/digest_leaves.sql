-- Deploy hypermind:policies/digest_leaves to pg
-- requires: tables/digest_leaves
-- requires: roles/hypermind_operator
-- requires: roles/hypermind_auditor

begin;

set local role hypermind_owner;

create policy digest_leaves_of_operators_and_auditors on hypermind.digest_leaves
    for select
    using (pg_has_role('hypermind_operator', 'USAGE') or pg_has_role('hypermind_auditor', 'USAGE'));

comment on policy digest_leaves_of_operators_and_auditors on hypermind.digest_leaves is
    'Which runs of every project changed when: for those who look after all of them.';

commit;

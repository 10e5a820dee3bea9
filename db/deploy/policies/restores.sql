-- Deploy hypermind:policies/restores to pg
-- requires: tables/restores
-- requires: roles/hypermind_operator
-- requires: roles/hypermind_auditor

begin;

set local role hypermind_owner;

create policy restores_of_operators_and_auditors on hypermind.restores
    for select
    using (pg_has_role('hypermind_operator', 'USAGE') or pg_has_role('hypermind_auditor', 'USAGE'));

comment on policy restores_of_operators_and_auditors on hypermind.restores is
    'Whoever restores runs looks after all projects.';

commit;

-- Deploy hypermind:policies/maintenance_steps to pg
-- requires: tables/maintenance_steps
-- requires: roles/hypermind_operator
-- requires: roles/hypermind_auditor

begin;

set local role hypermind_owner;

create policy maintenance_steps_of_operators_and_auditors on hypermind.maintenance_steps
    for select
    using (pg_has_role('hypermind_operator', 'USAGE') or pg_has_role('hypermind_auditor', 'USAGE'));

comment on policy maintenance_steps_of_operators_and_auditors on hypermind.maintenance_steps is
    'A note may name a run of any project: only those who look after all of them read it.';

commit;

-- Deploy hypermind:policies/period_moves to pg
-- requires: tables/period_moves
-- requires: roles/hypermind_operator
-- requires: roles/hypermind_auditor

begin;

set local role hypermind_owner;

create policy period_moves_of_operators_and_auditors on hypermind.period_moves
    for select
    using (pg_has_role('hypermind_operator', 'USAGE') or pg_has_role('hypermind_auditor', 'USAGE'));

comment on policy period_moves_of_operators_and_auditors on hypermind.period_moves is
    'Months hold runs of every project: only those who look after all of them read it.';

commit;

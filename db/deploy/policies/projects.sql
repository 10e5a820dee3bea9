-- Deploy hypermind:policies/projects to pg
-- requires: tables/projects
-- requires: roles/hypermind_auditor

begin;

set local role hypermind_owner;

create policy projects_of_the_reader on hypermind.projects
    for select
    using (
        coalesce(pg_has_role(to_regrole(quote_ident(role))::oid, 'USAGE'), false)
        or pg_has_role('hypermind_auditor', 'USAGE')
    );

comment on policy projects_of_the_reader on hypermind.projects is
    'Members of the project''s role see it, and auditors see all. A role that was dropped has no members.';

commit;

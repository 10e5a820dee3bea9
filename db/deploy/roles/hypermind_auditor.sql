-- Deploy hypermind:roles/hypermind_auditor to pg
-- requires: roles/hypermind_reader

-- Roles belong to the whole cluster: this one may exist already, made by an administrator or by another database.
begin;

do $deploy$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'hypermind_auditor') then
        create role hypermind_auditor nologin;
        comment on role hypermind_auditor is 'May read and verify the runs of every project, and change nothing.';
    end if;

    if not pg_catalog.pg_has_role('hypermind_auditor', 'hypermind_reader', 'USAGE') then
        grant hypermind_reader to hypermind_auditor;
    end if;
end
$deploy$;

commit;

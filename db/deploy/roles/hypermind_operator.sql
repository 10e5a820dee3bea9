-- Deploy hypermind:roles/hypermind_operator to pg
-- requires: roles/hypermind_writer

-- Roles belong to the whole cluster: this one may exist already, made by an administrator or by another database.
begin;

do $deploy$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'hypermind_operator') then
        create role hypermind_operator nologin;
        comment on role hypermind_operator is 'May make projects and periods, backfill old runs, place holds and erase: a writer with those rights.';
    end if;

    if not pg_catalog.pg_has_role('hypermind_operator', 'hypermind_writer', 'USAGE') then
        grant hypermind_writer to hypermind_operator;
    end if;
end
$deploy$;

commit;

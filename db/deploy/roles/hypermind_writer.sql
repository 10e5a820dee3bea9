-- Deploy hypermind:roles/hypermind_writer to pg
-- requires: roles/hypermind_reader

-- Roles belong to the whole cluster: this one may exist already, made by an administrator or by another database.
begin;

do $deploy$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'hypermind_writer') then
        create role hypermind_writer nologin;
        comment on role hypermind_writer is 'May record runs: a reader who may also call the write functions.';
    end if;

    if not pg_catalog.pg_has_role('hypermind_writer', 'hypermind_reader', 'USAGE') then
        grant hypermind_reader to hypermind_writer;
    end if;
end
$deploy$;

commit;

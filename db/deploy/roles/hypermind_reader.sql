-- Deploy hypermind:roles/hypermind_reader to pg
-- requires: roles/hypermind_owner

-- Roles belong to the whole cluster: this one may exist already, made by an administrator or by another database.
begin;

do $deploy$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'hypermind_reader') then
        create role hypermind_reader nologin;
        comment on role hypermind_reader is 'May read runs of the projects whose role it also has, and call the read functions.';
    end if;
end
$deploy$;

commit;

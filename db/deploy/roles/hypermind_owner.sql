-- Deploy hypermind:roles/hypermind_owner to pg

-- Roles belong to the whole cluster: this one may exist already, made by an administrator or by another database.
begin;

do $deploy$
begin
    if current_setting('server_encoding') <> 'UTF8' then
        raise exception 'hypermind needs a database with encoding UTF8, this one has %', current_setting('server_encoding')
            using hint = 'Make one: create database ... encoding ''UTF8'' template template0.';
    end if;

    if not exists (select from pg_catalog.pg_roles where rolname = 'hypermind_owner') then
        create role hypermind_owner nologin;
        comment on role hypermind_owner is 'Owns every object of hypermindlabs. Nobody logs in as it; it must never have CREATEROLE.';
    end if;

    -- From here on every script runs as the owner; a deployer who made the role may not yet set it.
    -- Before PostgreSQL 16, membership alone allows that, and the privilege type SET does not exist.
    begin
        set local role hypermind_owner;
        reset role;
    exception when insufficient_privilege then
        grant hypermind_owner to current_user;
    end;
end
$deploy$;

commit;

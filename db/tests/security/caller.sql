-- On whose behalf a function acts: what SET ROLE chose, else who logged in. Nothing that anybody can set or shadow
-- changes that.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(28);
select session_user as superuser \gset

-- SET ROLE.
set local role alice;
select hypermind.create_run(:'project_a', 'chat') as by_alice \gset
select is((select created_by || ' ' || owner from hypermind.runs where run_id = :'by_alice'), 'alice alice',
          'with SET ROLE, it is that role');

-- SET SESSION AUTHORIZATION: as if alice had logged in.
reset role;
set local session authorization alice;
select hypermind.create_run(:'project_a', 'chat') as by_login \gset
select is((select created_by from hypermind.runs where run_id = :'by_login'), 'alice', 'without, it is who logged in');
select throws_ok('set role bob', '42501', 'permission denied to set role "bob"',
                 'who logged in cannot become somebody else');
select throws_ok('select set_config(''role'', ''bob'', true)', '42501', 'permission denied to set role "bob"',
                 'not by way of set_config(), either');
reset session authorization;
create role team_a;
grant :"role_a", hypermind_writer to team_a;
create role tom;
grant team_a to tom;
set local session authorization tom;
set local role team_a;
select hypermind.create_run(:'project_a', 'chat') as by_team \gset
select is((select created_by from hypermind.runs where run_id = :'by_team'), 'team_a',
          'a role that one is a member of can be taken on');
set local role none;
select hypermind.create_run(:'project_a', 'chat') as by_tom \gset
select is((select created_by from hypermind.runs where run_id = :'by_tom'), 'tom', 'and put off');
reset session authorization;

-- A function of somebody else's does not lend its owner's rights.
create function public.as_superuser(p_run_id uuid) returns bigint
    language sql security definer as $$ select hypermind.append_event(p_run_id, 'a.b') $$;
create function public.as_alice(p_run_id uuid) returns bigint
    language plpgsql security definer as $$ begin return hypermind.append_event(p_run_id, 'a.b'); end $$;
alter function public.as_alice(uuid) owner to alice;
grant execute on function public.as_superuser(uuid), public.as_alice(uuid) to bob;
set local role bob;
prepare by_superuser as select public.as_superuser(:'run_id');
select pg_temp.refuses('by_superuser', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'),
                       'a superuser''s SECURITY DEFINER function, called by bob, acts for bob');
prepare by_alices as select public.as_alice(:'run_id');
select pg_temp.refuses('by_alices', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), 'so does one of alice''s');

-- Custom settings count for nothing.
set local hypermind.role = 'alice';
set local hypermind.caller = 'alice';
set local hypermind.project_id = :'project_a';
set local hypermind.allow_data_loss = 'on';
select set_config('request.jwt.claims', '{"role": "alice"}', true) as ignored \gset
prepare foreign_run as select hypermind.append_event(:'run_id', 'a.b');
select pg_temp.refuses('foreign_run', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), 'no setting opens a project');
select is((select count(*) from hypermind.runs where project_id = :'project_a'), 0::bigint, 'nor a row');
set local row_security = off;
select throws_ok('select * from hypermind.runs', '42501',
                 'query would be affected by row-level security policy for table "runs"',
                 'row-level security cannot be switched off');
reset row_security;
reset role;

-- What the caller puts in the way of a name: tables and types in pg_temp, functions and operators in a schema that
-- comes first.
reset role;
create schema trap authorization alice;
grant usage on schema trap to public;
set local role alice;
create temp table run_heads (run_id uuid, project_role text, last_seq bigint, epoch bigint);
create temp table projects (project_id uuid, role text);
create temp table runs (run_id uuid);
create temp table run_events (run_id uuid, seq bigint);
create temp table pg_roles (rolname text);
create domain pg_temp.jsonb as text;
create domain pg_temp.uuid as text;
create function trap.format(text, variadic text[]) returns text language sql as $$ select 'shadowed' $$;
create function trap.jsonb_typeof(pg_catalog.jsonb) returns text language sql as $$ select 'shadowed' $$;
create function trap.sha256(bytea) returns bytea language sql as $$ select '\x00'::bytea $$;
create function trap.to_regrole(text) returns regrole language sql as $$ select 'bob'::regrole $$;
create function trap.pg_has_role(name, oid, text) returns boolean language sql as $$ select true $$;
create function trap.pg_has_role(name, name, text) returns boolean language sql as $$ select false $$;
create function trap.current_setting(text) returns text language sql as $$ select 'alice' $$;
create function trap.clock_timestamp() returns timestamptz language sql as $$ select '1999-01-01'::timestamptz $$;
create function trap.gen_random_uuid() returns pg_catalog.uuid
    language sql as $$ select '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid $$;
create function trap.always(pg_catalog.uuid, pg_catalog.uuid) returns boolean language sql as $$ select true $$;
create operator trap.= (leftarg = pg_catalog.uuid, rightarg = pg_catalog.uuid, function = trap.always);
create function trap.always(bigint, bigint) returns bigint language sql as $$ select 1000000::bigint $$;
create operator trap.+ (leftarg = bigint, rightarg = bigint, function = trap.always);
set local search_path = pg_temp, trap, pg_catalog, tap;
select tap.is(pg_catalog.concat_ws(' ', format('%s', 'x'), 2::bigint + 2::bigint, (null::uuid is null)
                                   and pg_catalog.pg_typeof(null::uuid) <> 'pg_catalog.uuid'::regtype),
                                   'shadowed 1000000 t', 'the traps are set');
select tap.is(hypermind.append_event(:'run_id', 'a.b', '{"n": 1}'::pg_catalog.jsonb, '{"n": 1}'::pg_catalog.jsonb),
              3::bigint, 'an append works all the same');
select tap.is(hypermind.append_events(:'run_id', '[{"event_type": "a.b"}]'::pg_catalog.jsonb), 4::bigint,
              'so does a batch');
select tap.is(hypermind.state_at(:'run_id'), '{"n": 1}'::pg_catalog.jsonb, 'and reading a state');
select hypermind.create_run(:'project_a', 'chat') as trapped_run \gset
select hypermind.fork_run(:'run_id', 3) as trapped_fork \gset
set local role bob;
select tap.throws_ok(pg_catalog.format('select hypermind.append_event(%L, %L)', :'run_id', 'a.b'), 'MH001',
                     pg_catalog.format('run %s does not exist', :'run_id'), 'bob stays out');
reset search_path;
set local role alice;
drop domain pg_temp.uuid, pg_temp.jsonb;
set local role carol;
select is(valid, true, 'the chain was made by the real functions') from hypermind.verify_run(:'run_id');
select is((select bool_and(v.valid and hypermind.uuidv7_time(r.id) > '2020-01-01'::timestamptz)
           from unnest(array[:'trapped_run', :'trapped_fork']::uuid[]) as r (id),
           lateral hypermind.verify_run(r.id) as v),
          true, 'and so were the new runs, of the real time');
reset role;

-- The real ones cannot be replaced, and nothing can be put beside them.
set local role oscar;
select throws_ok('create or replace function hypermind.schema_version() returns integer language sql as ''select 2''',
                 '42501', 'permission denied for schema hypermind', 'nobody replaces a function');
select throws_ok('create table hypermind.mine ()', '42501', 'permission denied for schema hypermind',
                 'nobody makes a table');
select throws_ok('create or replace function hypermind_private.clock() returns timestamptz language sql as ''select '
                 'now()''', '42501', 'permission denied for schema hypermind_private', 'nobody moves the clock');
select throws_ok('alter function hypermind.schema_version() reset search_path', '42501',
                 'must be owner of function hypermind.schema_version', 'nobody takes a search_path away');
select throws_ok('alter table hypermind.runs add column x integer', '42501', 'must be owner of table runs',
                 'nobody adds a column');
select throws_ok('create trigger x before insert on hypermind.run_events for each row execute function '
                 'suppress_redundant_updates_trigger()', '42501', 'permission denied for table run_events',
                 'nobody adds a trigger');
select throws_ok('create policy x on hypermind.runs for select using (true)', '42501', 'must be owner of table runs',
                 'nobody adds a policy');
reset role;
set local session authorization oscar;
select throws_ok('set role hypermind_owner', '42501', 'permission denied to set role "hypermind_owner"',
                 'nobody becomes the owner');
select throws_ok('set role hypermind_auditor', '42501', 'permission denied to set role "hypermind_auditor"',
                 'an operator is no auditor');
reset session authorization;

select is(session_user::text, :'superuser', 'the session is its own again');
select * from finish();
rollback;

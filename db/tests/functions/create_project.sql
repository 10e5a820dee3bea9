-- hypermind.create_project_role(), create_project(), project_role() and grant_project(): who sees and acts in what.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(60);

-- create_project_role(): by those who may make roles.
select is(hypermind.create_project_role('lab', 'new'), (current_database() || '_lab_new')::name,
          'the role is named after database, workspace and project');
select is((select rolcanlogin or rolsuper or rolcreaterole or rolcreatedb from pg_roles
           where rolname = current_database() || '_lab_new'), false,
          'it can neither log in nor anything else');
select is(hypermind.create_project_role('lab', 'new'), (current_database() || '_lab_new')::name,
          'asked again, it is the same');
select is(hypermind.create_project_role('La"b; drop', 'x y'), (current_database() || '_La"b; drop_x y')::name,
          'any name is quoted');
select pg_temp.refuses(format('select hypermind.create_project_role(%L, %L)', t.workspace, t.name), 'MH016',
                       format('the role %L would not have 1 to 63 bytes', current_database() || '_' || t.workspace
                              || '_' || t.name),
                       '{"argument": "p_name"}', t.what)
from (values ('lab', null, 'a project without a name is refused'), (null, 'a', 'and one without a workspace'),
             ('lab', repeat('x', 64), 'a role''s name has at most 63 bytes'),
             ('lab', repeat('é', 30), 'bytes, not characters')) as t (workspace, name, what);
set local role oscar;
prepare no_createrole as select hypermind.create_project_role('lab', 'other');
select throws_ok('no_createrole', '42501', 'permission denied to create role',
                 'an operator without CREATEROLE cannot make a role');
select is(hypermind.create_project_role('lab', 'new'), (current_database() || '_lab_new')::name,
          'but gets the name of one that exists');
reset role;
select is(shobj_description(to_regrole(current_database() || '_lab_new'), 'pg_authid'),
          format('hypermind: members act in project ''new'' of workspace ''lab'' in database %L', current_database()),
          'the role says what it is for');
select hypermind.create_project_role('lab_a', 'b') as ignored \gset
select pg_temp.refuses('select hypermind.create_project_role(''lab'', ''a_b'')', 'MH016',
                       format('the role %I exists, and was not made for this project',
                              current_database() || '_lab_a_b'), '{"argument": "p_name"}',
                       'a role that was made for another project is not taken for this one''s');

-- create_project().
select format('%s_lab_new', current_database()) as role_new \gset
create role plain_group;
create role in_a_group;
create role may_log_in login;
grant plain_group to in_a_group;
set local role oscar;
select hypermind.create_project('lab', 'new', current_database() || '_lab_new') as project_new \gset
select is(hypermind.create_project('lab', 'new', current_database() || '_lab_new'), :'project_new'::uuid,
          'the same project again is the same');
select pg_temp.refuses(format('select hypermind.create_project(''lab2'', ''new'', %L)', :'role_new'), 'MH016',
                       format('%L is the role of another project', :'role_new'),
                       '{"argument": "p_role"}', 'every project has a role of its own');
select pg_temp.refuses('select hypermind.create_project(''lab'', ''new'', ''plain_group'')', 'MH005',
                       'project new of workspace lab exists, with another role',
                       '{"workspace": "lab", "name": "new"}', 'with another role it is refused');
select pg_temp.refuses(format('select hypermind.create_project(%s)', t.arguments), 'MH016', t.message,
                       jsonb_build_object('argument', t.argument), t.what)
from (values
    ('null, ''c'', ''plain_group''',                    'p_workspace',
     'p_workspace is null: it must have 1 to 100 characters',           'a workspace is needed'),
    (''''', ''c'', ''plain_group''',                    'p_workspace',
     'p_workspace has 0 characters: it must have 1 to 100 characters',  'an empty one is none'),
    ('repeat(''w'', 101), ''c'', ''plain_group''',            'p_workspace',
     'p_workspace has 101 characters: it must have 1 to 100 characters', 'a long one is refused'),
    ('''lab'', null, ''plain_group''',                        'p_name',
     'p_name is null: it must have 1 to 100 characters',                'a name is needed'),
    ('''lab'', repeat(''n'', 101), ''plain_group''',          'p_name',
     'p_name has 101 characters: it must have 1 to 100 characters',     'a long one is refused, too'),
    ('''lab'', ''c'', null',                            'p_role',      'NULL is no role that a project can have',
     'a role is needed'),
    ('''lab'', ''c'', ''''',                            'p_role',      ''''' is no role that a project can have',
     'an empty one is none'),
    ('''lab'', ''c'', ''who_is_that''',                 'p_role',
     '''who_is_that'' is no role that a project can have',              'it must exist'),
    ('''lab'', ''c'', ''public''',                      'p_role',      '''public'' is no role that a project can have',
     'it cannot be everybody'),
    ('''lab'', ''c'', ''hypermind_reader''',            'p_role',
     '''hypermind_reader'' is no role that a project can have',         'it cannot be a group role'),
    ('''lab'', ''c'', ''hypermind_owner''',             'p_role',
     '''hypermind_owner'' is no role that a project can have',          'it cannot be the owner'),
    ('''lab'', ''c'', ''pg_monitor''',                  'p_role',
     '''pg_monitor'' is no role that a project can have',               'it cannot be a role of PostgreSQL''s'),
    ('''lab'', ''c'', ''in_a_group''',                  'p_role',
     '''in_a_group'' is no role that a project can have',
     'it cannot be a member of another: granting it would grant that, too'),
    ('''lab'', ''c'', ''oscar''',                       'p_role',      '''oscar'' is no role that a project can have',
     'nor can it be a person'),
    ('''lab'', ''c'', session_user',                    'p_role',
     format('%L is no role that a project can have', session_user),     'least of all a superuser')
) as t (arguments, argument, message, what);
select is_empty('select * from hypermind.projects where name = ''c''', 'a refused project was not made');
reset role;
select results_eq(
    format($$ select workspace, name, role, created_by from hypermind.projects where project_id = %L $$,
           :'project_new'),
    format($$ values ('lab', 'new', %L, 'oscar') $$, current_database() || '_lab_new'),
    'what is stored of a project, and who made it');
select is(hypermind.create_project('wörk space', repeat('n', 100), 'plain_group') is not null, true,
          'names may be long and of any script');

-- Who may act in the new project: its role's members only; not even who made it.
set local role oscar;
prepare not_mine as select hypermind.create_run(:'project_new', 'chat');
select pg_temp.refuses('not_mine', 'MH015', format('project %s does not exist', :'project_new'),
                       jsonb_build_object('project_id', :'project_new'),
                       'whoever makes a project does not act in it for that');
select is_empty(format('select * from hypermind.projects where project_id = %L', :'project_new'), 'nor see it');

-- project_role() and grant_project().
select is(hypermind.project_role(:'project_a'), :'role_a'::name, 'a member learns the role of the project');
select pg_temp.refuses(format('select hypermind.project_role(%L)', t.id), 'MH015',
                       format('project %s does not exist', coalesce(t.id::text, 'null')),
                       jsonb_build_object('project_id', t.id), t.what)
from (values (:'project_b'::uuid, 'others do not'), (:'unknown_run', 'nor anybody that of no project'),
      (null, 'nor of null')) as t (id, what);
prepare no_admin as select hypermind.grant_project(:'project_a', 'bob');
select throws_matching('no_admin', 'must have admin option on role|permission denied to grant role',
                       'a member who does not administer the role cannot grant it');
select is(pg_has_role('bob', :'role_a', 'usage'), false, 'and did not');
reset role;
select pg_temp.refuses(format('select hypermind.grant_project(%L, %L)', :'project_a', t.member), 'MH016',
                       format('there is no role %L', t.member),
                       '{"argument": "p_member"}', t.what)
from (values (null, 'a member is needed'), ('', 'an empty one is none'), ('who_is_that', 'and must exist'))
    as t (member, what);
select pg_temp.refuses(format('select hypermind.grant_project(%L, %L)', :'project_a', :'role_a'), 'MH016',
                       format('%I is the role of the project itself', :'role_a'), '{"argument": "p_member"}', 'and be another one');
prepare no_project as select hypermind.grant_project(:'unknown_run', 'bob');
select pg_temp.refuses('no_project', 'MH015', format('project %s does not exist', :'unknown_run'),
                       jsonb_build_object('project_id', :'unknown_run'),
                       'so must the project');
grant :"role_a" to oscar with admin option;
set local role oscar;
select is(hypermind.grant_project(:'project_a', 'bob')::text, '', 'who administers the role grants it');
select is(pg_has_role('bob', :'role_a', 'usage'), true, 'and the member has it');
set local role bob;
select isnt(hypermind.create_run(:'project_a', 'chat'), null, 'a member with a writer''s rights records runs there');
select is((select count(*) from hypermind.projects where project_id in (:'project_a', :'project_b')), 2::bigint,
          'and sees both projects');
reset role;

-- A project's role that is no plain group any more must not be handed out.
create role lab_admins;
grant lab_admins to :"role_b";
prepare no_group as select hypermind.grant_project(:'project_b', 'carol');
select pg_temp.refuses('no_group', 'MH016', format('the role %I of the project is no plain group any more', :'role_b'),
                       '{"argument": "p_project_id"}',
                       'a project''s role that has become a member of another is not granted');
revoke lab_admins from :"role_b";
alter role :"role_b" createdb;
select pg_temp.refuses('no_group', 'MH016', format('the role %I of the project is no plain group any more', :'role_b'),
                       '{"argument": "p_project_id"}',
                       'nor is one that got a right of its own');
alter role :"role_b" nocreatedb;
select is(t.can, hypermind.is_project_role(t.role), format('%L can%s be a project''s role', t.role, case when not t.can
                                                           then 'not' else '' end))
from (values (true, 'plain_group'::name), (false, 'in_a_group'), (false, 'may_log_in'), (false, 'who_is_that'),
      (false, 'hypermind_operator'), (false, 'pg_read_all_data'), (false, null)) as t (can, role);

-- A workspace's role that was granted the roles of its projects.
create role lab_everybody;
grant :"role_a", :"role_b" to lab_everybody;
grant lab_everybody to carol;
set local role carol;
select is((select count(*) from hypermind.projects where project_id in (:'project_a', :'project_b')), 2::bigint,
          'membership by way of a workspace''s role counts');

select * from finish();
rollback;

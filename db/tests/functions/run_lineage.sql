-- hypermind.run_lineage(): where a run comes from, and what came of it.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(11);

-- a <- b (fork) <- c (fork), c2 (evaluation); d is a stranger. A second apart, so that they sort by age.
create temp table family (name text primary key, run_id uuid);
grant select, insert on family to alice, bob, carol, audrey;
create function pg_temp.born(p_second integer) returns void language plpgsql as $function$
begin
    perform pg_temp.set_clock('2040-01-01 00:00:00+00'::timestamptz + p_second * interval '1 second');
end
$function$;
select pg_temp.born(1) as ignored \gset
set local role alice;
insert into family select 'a', hypermind.create_run(:'project_a', 'chat');
reset role;
select pg_temp.born(2) as ignored \gset
set local role alice;
insert into family select 'b', hypermind.fork_run(run_id, 1) from family where name = 'a';
reset role;
select pg_temp.born(3) as ignored \gset
set local role alice;
insert into family select 'c', hypermind.fork_run(run_id, 0) from family where name = 'b';
reset role;
select pg_temp.born(4) as ignored \gset
set local role alice;
insert into family select 'c2', hypermind.create_run(:'project_a', 'evaluate', p_parent_run_id => run_id) from family
where name = 'b';
insert into family select 'd', hypermind.create_run(:'project_a', 'chat');
select hypermind.transition_run(run_id, 'cancelled') as ignored from family where name = 'a' \gset

prepare lineage (text) as
    select f.name, p.name, l.relation, l.depth, l.forked_at_seq, l.mode, l.status
    from family as s
    cross join lateral hypermind.run_lineage(s.run_id) with ordinality
    as l (run_id, parent_run_id, relation, depth, forked_at_seq, mode, status, ord)
    join family as f on f.run_id = l.run_id
    left join family as p on p.run_id = l.parent_run_id
    where s.name = $1
    order by l.ord;
select results_eq('execute lineage(''b'')',
    $$ values ('a', null, 'ancestor', -1, null::bigint, 'chat', 'cancelled'),
    ('b', 'a', 'self', 0, 1, 'replay', 'queued'),
              ('c', 'b', 'descendant', 1, 0, 'replay', 'queued'), ('c2', 'b', 'descendant', 1, null, 'evaluate',
                                                                   'queued') $$,
    'parents, the run itself, and its children, eldest first');
select results_eq('execute lineage(''a'')',
    $$ values ('a', null, 'self', 0, null::bigint, 'chat', 'cancelled'),
    ('b', 'a', 'descendant', 1, 1, 'replay', 'queued'),
              ('c', 'b', 'descendant', 2, 0, 'replay', 'queued'), ('c2', 'b', 'descendant', 2, null, 'evaluate',
                                                                   'queued') $$,
    'descendants of descendants');
select results_eq('execute lineage(''c2'')',
    $$ values ('a', null, 'ancestor', -2, null::bigint, 'chat', 'cancelled'),
    ('b', 'a', 'ancestor', -1, 1, 'replay', 'queued'), ('c2', 'b', 'self', 0, null, 'evaluate', 'queued') $$,
    'ancestors of ancestors, and no sisters');
select results_eq('execute lineage(''d'')', $$ values ('d', null, 'self', 0, null::bigint, 'chat', 'queued') $$,
                  'a run without a family is alone');
set local role carol;
select is((select count(*) from family as f, hypermind.run_lineage(f.run_id) where f.name = 'b'), 4::bigint,
          'a reader sees it');
set local role audrey;
select pg_temp.refuses(format('select * from hypermind.run_lineage(%L)', :'unknown_run'), 'MH001',
                       format('run %s does not exist', :'unknown_run'), jsonb_build_object('run_id', :'unknown_run'),
                       'who reads every project is told, too, that there is no such run');
select is((select count(*) from family as f, hypermind.run_lineage(f.run_id) where f.name = 'b'), 4::bigint,
          'so does an auditor');
set local role bob;
select run_id as foreign_id from family where name = 'b' \gset
select pg_temp.refuses(format('select hypermind.run_lineage(%L)', t.run_id), 'MH001',
                       format('run %s does not exist', coalesce(t.run_id, 'null')),
                       jsonb_build_object('run_id', t.run_id), t.what)
from (values (:'unknown_run', 'an unknown run is refused'),
      (:'foreign_id', 'one of another project in the same words'), (null, 'and none at all')) as t (run_id, what);

-- A run whose rows are gone, as those of an archived one, is still of the family.
reset role;
select pg_temp.unguard() as ignored \gset
delete from hypermind.runs where run_id = (select run_id from family where name = 'a');
set local role alice;
select results_eq('execute lineage(''c'')',
    $$ values ('a', null, 'ancestor', -2, null::bigint, 'chat', 'cancelled'), ('b', 'a', 'ancestor', -1, 1, 'replay', 'queued'),
    ('c', 'b', 'self', 0, 0, 'replay', 'queued') $$, 'an ancestor whose rows are gone is listed');

select * from finish();
rollback;

-- What a session may set changes no rule: backslashes in plain strings mean something else with standard_conforming_strings off.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(8);

create function pg_temp.code_of(p_statement text) returns text language plpgsql as $function$
begin
    execute p_statement;
    return 'accepted';
exception when others then
    return sqlstate;
end
$function$;

set local role alice;
set local standard_conforming_strings = off;
set local escape_string_warning = off;
select is(pg_temp.code_of(format('select hypermind.append_event(%L, ''a b'')', :'run_id')), 'MH016', 'a name with a blank is none');
select is(pg_temp.code_of(format('select hypermind.append_events(%L, ''[{"event_type": "a b"}]'')', :'run_id')), 'MH016',
          'nor in a batch');
select is(pg_temp.code_of(format('select hypermind.append_event(%L, ''run.created'')', :'run_id')), 'MH011',
          'names of the ledger''s own events are reserved');
select is(pg_temp.code_of(format('select hypermind.register_event_type(''custom a'', ''{}'', %L)', :'project_a')), 'MH016',
          'a type with a blank is none');
select is(pg_temp.code_of(format('select hypermind.create_run(%L, ''chat'')', :'project_a')), 'accepted', 'runs are created');
select is(pg_temp.code_of('select * from hypermind.search_events(''a'', p_tool => ''b'')'), 'accepted', 'and searched');
select hypermind.register_event_type(
    'custom.n', '{"properties": {"n": {"type": "string", "pattern": "^[0-9]+[.][a-z]$"}}}', :'project_a') as ignored \gset
select is((select count(*) from hypermind.contract_violations('custom.n', jsonb_build_object('n', t.n), :'project_a')), t.breaks,
          format('a pattern means the same: %s', t.n))
from (values ('12.a', 0::bigint), ('12xa', 1)) as t (n, breaks);

select * from finish();
rollback;

-- hypermind.schema_violations(): trying a value against a JSON Schema. The standard's own tests are in
-- tests/test_json_schema.py.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(63);
set local role carol;

-- What comes out: a row for each rule that is broken, with JSON Pointers into the value and into the schema.
select results_eq(
    $$ select * from hypermind.schema_violations(
           '{"type": "object", "required": ["id", "name"], "additionalProperties": false,
             "properties": {"id": {"type": "integer"}, "name": {"$ref": "#/$defs/name"},
                            "a/b": {"items": {"maximum": 9}}, "m~n": {"enum": ["x", "y"]}},
             "$defs": {"name": {"type": "string", "minLength": 3, "pattern": "^[a-z]+$"}}}',
           '{"name": "A!", "a/b": [1, 10, 11], "m~n": "z", "more": null}')
       order by pointer collate "C", rule collate "C" $$,
    $$ values ('', '/required', 'required', 'must have the members id'),
              ('/a~1b/1', '/properties/a~1b/items/maximum', 'maximum', 'must be at most 9'),
              ('/a~1b/2', '/properties/a~1b/items/maximum', 'maximum', 'must be at most 9'),
              ('/more', '/additionalProperties', 'additionalProperties', 'is not allowed here'),
              ('/m~0n', '/properties/m~0n/enum', 'enum', 'must be one of ["x", "y"]'),
              ('/name', '/$defs/name/minLength', 'minLength', 'must have at least 3 characters, not 2'),
              ('/name', '/$defs/name/pattern', 'pattern', 'must match the pattern') $$,
    'every rule that is broken is a row: where in the value, where in the schema, which keyword, and why');
select is_empty($$ select * from hypermind.schema_violations('true', '{"a": 1}') $$, 'true takes everything');
select results_eq($$ select * from hypermind.schema_violations('false', '{"a": 1}') $$,
                  $$ values ('', '', '', 'is not allowed here') $$, 'false takes nothing');
select is((select count(*) from hypermind.schema_violations('{"items": {"type": "string"}}',
                                                            (select jsonb_agg(i) from generate_series(1, 1000) as i))),
                                                            50::bigint,
          'fifty rows are enough');

-- Every keyword has a sentence.
select results_eq(
    format('select pointer, rule, keyword, message from hypermind.schema_violations(%L, %L)', t.schema, t.value),
    format('values (''''::text, %L, %L, %L)', '/' || t.keyword, t.keyword, t.message), t.keyword || ': ' || t.message)
from (values
    ('type', '{"type": ["string", "null"]}', '1', 'must be string or null, not number'),
    ('const', '{"const": {"a": 1}}', '{"a": 2}', 'must be {"a": 1}'),
    ('enum', '{"enum": [1, "a", null]}', 'false', 'must be one of [1, "a", null]'),
    ('minimum', '{"minimum": 2.50}', '2.49', 'must be at least 2.50'),
    ('maximum', '{"maximum": -1}', '0', 'must be at most -1'),
    ('exclusiveMinimum', '{"exclusiveMinimum": 0}', '-0.0', 'must be above 0'),
    ('exclusiveMaximum', '{"exclusiveMaximum": 1}', '1.0', 'must be below 1'),
    ('multipleOf', '{"multipleOf": 0.01}', '0.075', 'must be a multiple of 0.01'),
    ('minLength', '{"minLength": 2}', '"😀"', 'must have at least 2 characters, not 1'),
    ('maxLength', '{"maxLength": 1}', '"ab"', 'must have at most 1 characters, not 2'),
    ('pattern', '{"pattern": "^a"}', '"b"', 'must match the pattern'),
    ('minItems', '{"minItems": 1}', '[]', 'must have at least 1 items, not 0'),
    ('maxItems', '{"maxItems": 1}', '[1, 1]', 'must have at most 1 items, not 2'),
    ('uniqueItems', '{"uniqueItems": true}', '[1, 1.0]', 'must have no item twice'),
    ('contains', '{"contains": {"const": 1}}', '[2]', 'must contain at least 1 items that meet the schema, not 0'),
    ('minContains', '{"contains": {"const": 1}, "minContains": 2}', '[1]',
     'must contain at least 2 items that meet the schema, not 1'),
    ('maxContains', '{"contains": {"const": 1}, "maxContains": 1}', '[1, 1]',
     'must contain at most 1 items that meet the schema, not 2'),
    ('minProperties', '{"minProperties": 1}', '{}', 'must have at least 1 members'),
    ('maxProperties', '{"maxProperties": 0}', '{"a": 1}', 'must have at most 0 members'),
    ('required', '{"required": ["a", "b", "c"]}', '{"b": 1}', 'must have the members a, c'),
    ('dependentRequired', '{"dependentRequired": {"a": ["b"]}}', '{"a": 1}', 'must also have the members b'),
    ('anyOf', '{"anyOf": [{"type": "string"}, {"type": "null"}]}', '1', 'must meet one of its schemas, and meets none'),
    ('oneOf', '{"oneOf": [{"type": "number"}, true]}', '1', 'must meet exactly one of its schemas, and meets 2'),
    ('not', '{"not": {}}', '1', 'must not meet the schema, and does')
) as t (keyword, schema, value, message);

-- Names that mean something elsewhere: in SQL, in jsonpath, in JSON Pointers, in format().
create temp table names (name text);
insert into names
select n from unnest(array['', ' ', '"', '\', '\"', '''', '$', '$$', '$ref', '$defs', '@', '*', '.', 'a.b', '[0]',
                           E'\n', E'\u0001', E'\u2028',
                           '😀', '~', '/', '~1', '%', '%s', '%25', '%1$s', '__proto__', '" || true',
                           '" == "") || (1 == 1',
                           '\u0041', 'x-columns', '/x-columns', '-- x', 'strict', '&&']) as n;
grant select on names to public;
set local role alice;
create temp table kept (name text, n integer);
select is((select string_agg(to_jsonb(n.name)::text, ', ') from names as n
           where exists (select from hypermind.schema_violations(
                             jsonb_build_object('type', 'object', 'required', jsonb_build_array(n.name),
                                                'additionalProperties', false,
                                                'properties', jsonb_build_object(n.name, '{"type": "integer"}'::jsonb)),
                             jsonb_build_object(n.name, 1)))), null, 'a member of any name is found');
select is((select string_agg(to_jsonb(n.name)::text, ', ') from names as n
           where (select array_agg((v.pointer, v.rule)::text) from hypermind.schema_violations(
                      jsonb_build_object('properties', jsonb_build_object(n.name, '{"type": "integer"}'::jsonb)),
                      jsonb_build_object(n.name, '1')) as v)
                 is distinct from array[('/' || replace(replace(n.name, '~', '~0'), '/', '~1'),
                                         '/properties/' || replace(replace(n.name, '~', '~0'), '/', '~1')
                                         || '/type')::text]),
          null, 'and checked, and named by its pointer');
-- The same at an append, where a predicate is tried first, with the names in it.
select hypermind.create_run(:'project_a', 'chat') as run_id \gset
create function pg_temp.verdicts(p_project_id uuid, p_run_id uuid, p_name text) returns text
    language plpgsql as $function$
declare
    v_payload  jsonb;
    v_verdicts text := '';
begin
    perform hypermind.register_event_type(
        'custom.named', jsonb_build_object('type', 'object', 'required', jsonb_build_array(p_name),
                                           'additionalProperties', false,
                                           'properties', jsonb_build_object(p_name,
                                               '{"type": "integer", "maximum": 5}'::jsonb)),
        p_project_id, p_breaking => true);
    foreach v_payload in array array[
        jsonb_build_object(p_name, 1), jsonb_build_object(p_name, 6), jsonb_build_object(p_name, '1'), '{}',
        jsonb_build_object(p_name, 1, 'other', 1), jsonb_build_object('other', 1)]
    loop
        begin
            perform hypermind.append_event(p_run_id, 'custom.named', v_payload);
            v_verdicts := v_verdicts || 'taken ';
        exception when sqlstate 'MH006' then
            v_verdicts := v_verdicts || 'refused ';
        end;
    end loop;
    return v_verdicts;
end
$function$;
select is((select string_agg(to_jsonb(n.name)::text, ', ') from names as n
           where pg_temp.verdicts(:'project_a', :'run_id',
                                  n.name) <> 'taken refused refused refused refused refused '), null,
          'an append comes to the same verdicts, whatever the name');

-- What is refused, each with a code of its own.
select pg_temp.refuses(format('select * from hypermind.schema_violations(%L, ''{}'')', t.schema), 'MH021',
                       format('the schema is refused at %s: %s', coalesce(nullif(t.pointer, ''), 'its root'), t.reason),
                       jsonb_build_object('pointer', t.pointer, 'keyword', t.keyword, 'reason', t.reason), t.schema)
from (values
    (null, '', null, 'a schema is a JSON object, true or false'),
    ('[]', '', null, 'a schema is a JSON object, true or false'),
    ('{"properties": {"a": 3}}', '/properties/a', null, 'a schema is a JSON object, true or false'),
    ('{"allOf": [{"minLength": -1}]}', '/allOf/0/minLength', 'minLength',
     'it must be a whole number from 0 to 2147483647'),
    ('{"multipleOf": 0}', '/multipleOf', 'multipleOf', 'it must be a number above 0'),
    ('{"required": ["a", "a"]}', '/required', 'required', 'it must be an array of different strings'),
    ('{"anyOf": []}', '/anyOf', 'anyOf', 'it must be an array of at least one schema'),
    ('{"pattern": "("}', '/pattern', 'pattern', 'the regular expression does not close a parenthesis'),
    ('{"pattern": "(a)\\1"}', '/pattern', 'pattern', 'the regular expression refers back to a group'),
    ('{"patternProperties": {"\\p{L}": true}}', '/patternProperties', 'patternProperties',
     'the regular expression "\\p{L}" asks for a Unicode property'),
    ('{"$ref": "https://example.org/x"}', '/$ref', '$ref',
     'only references within the schema can be followed: #, #/$defs/name or #anchor'),
    ('{"items": {"$ref": "#/$defs/none"}}', '/items/$ref', '$ref', 'there is no schema at #/$defs/none'),
    ('{"$dynamicRef": "#x"}', '/$dynamicRef', '$dynamicRef', 'what it refers to depends on who refers to it: use $ref'),
    ('{"$schema": "http://json-schema.org/draft-07/schema#"}', '/$schema', '$schema',
     'only draft 2020-12 is understood: https://json-schema.org/draft/2020-12/schema')
) as t (schema, pointer, keyword, reason);
select is(pg_temp.refusal(format('select * from hypermind.schema_violations(%L, ''{}'')', t.schema)) ->> 'code',
          'MH021', t.schema)
from (values ('{"$ref": "#"}'), ('{"allOf": [{"not": {"$ref": "#"}}]}'),
             ('{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}'),
             ('{"dependentSchemas": {"a": {"$ref": "#"}}}'),
             ('{"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}}')) as t (schema);
select is(pg_temp.refusal(format('select count(*) from hypermind.schema_violations(%s, %s)', t.schema,
                                 t.value)) ->> 'code', t.code, t.what)
from (values
    ('''{}''', 'null', 'MH016', 'without a value there is nothing to check'),
    ('''{}''', '''{"n": 1e400}''', 'MH017', 'a value that could not be recorded'),
    ('jsonb_build_object(''title'', repeat(''x'', 262144))', '''1''', 'MH017', 'a schema of over 256 KiB'),
    ('(repeat(''{"not":'', 65) || ''true'' || repeat(''}'', 65))::jsonb', '''1''', 'MH017',
     'one nested over 64 levels deep'),
    ('jsonb_build_object(''properties'', jsonb_build_object(repeat(''x'', 501), true))', '''{}''', 'MH017', 'a name of over 500 characters'),
    ('''{"properties": {"a": {"$ref": "#"}}}''', '(repeat(''{"a":'', 99) || ''1'' || repeat(''}'', 99))::jsonb', null,
     'a value 99 levels deep, of two schemas each, can be followed'),
    ('''{"items": {"anyOf": [{"$ref": "#"}]}}''', '(repeat(''['', 99) || ''1'' || repeat('']'', 99))::jsonb', 'MH017',
     'one that leads through over 250 schemas'),
    ('''{"items": {"not": {"$ref": "#"}}}''', '(repeat(''['', 99) || ''1'' || repeat('']'', 99))::jsonb', 'MH017',
     'also where each must be decided first: the stack holds'),
    ('jsonb_build_object(''allOf'', (select jsonb_agg(''{"properties": {"a": {"$ref": "#"}}}''::jsonb) '
     'from generate_series(1, 20)))',
     '(repeat(''{"a":'', 6) || ''1'' || repeat(''}'', 6))::jsonb', 'MH017',
     'one whose check would be twenty times as long with each level'),
    ('''{"anyOf": [{"properties": {"a": {"$ref": "#"}}}], "unevaluatedProperties": false}''',
     '(repeat(''{"a":'', 5) || ''1'' || repeat(''}'', 5))::jsonb', null, 'a few levels of it can be followed'),
    ('jsonb_build_object(''properties'', jsonb_build_object(repeat(''x'', 200000), jsonb_build_object(''properties'', '
     '(select '
     'jsonb_object_agg(''a'' || i, true) from generate_series(1, 1900) as i))))', '''{}''', 'MH017',
     'a name so long that the pointers become too large')
) as t (schema, value, code, what);
select cmp_ok((select sum(length(v.pointer))
               from hypermind.schema_violations('{"additionalProperties": {"additionalProperties": false}}',
                                                jsonb_build_object(
                        repeat('x', 8000000), (select jsonb_object_agg('a' || i, true)
                                               from generate_series(1, 60) as i))) as v),
              '<', 1000000::bigint, 'names without end in the value are cut in pointers');
set local role nobody_special;
select throws_ok('select * from hypermind.schema_violations(''{}'', ''{}'')', '42501',
                 'permission denied for schema hypermind',
                 'without a role there is no way');

select * from finish();
rollback;

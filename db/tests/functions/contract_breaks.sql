-- hypermind_private.contract_breaks(): which changes of a JSON Schema may refuse what it accepted before.
\set ON_ERROR_STOP on
begin;
select plan(72);
set local role hypermind_owner;

create temp table changes (name text, old jsonb, new jsonb, problems text[]);
insert into changes values
    -- What nobody notices.
    ('annotations',
     '{"title": "a", "properties": {"a": {"type": "string", "format": "date", "default": "x"}}, "x-note": 1}',
     '{"description": "b", "properties": {"a": {"type": "string", "deprecated": true, "examples": ["y"]}}}', '{}'),
    ('a new optional member', '{"properties": {"a": {}}}', '{"properties": {"a": {}, "b": {"type": "string"}}}', '{}'),
    ('a new member of a closed object', '{"properties": {}, "additionalProperties": false}',
     '{"properties": {"b": {"type": "string"}}, "additionalProperties": false}', '{}'),
    ('a requirement less', '{"required": ["a", "b"]}', '{"required": ["b"]}', '{}'),
    ('another type', '{"type": "string"}', '{"type": ["string", "null"]}', '{}'),
    ('integer to number', '{"type": "integer"}', '{"type": "number"}', '{}'),
    ('more values', '{"enum": ["a", "b"]}', '{"enum": ["b", "c", "a"]}', '{}'),
    ('const to enum', '{"const": {"a": 1}}', '{"enum": [{"a": 1.0}, 2]}', '{}'),
    ('values to their type', '{"enum": ["a", 1]}', '{"type": ["string", "integer"], "pattern": "^a"}', '{}'),
    ('wider bounds',
     '{"minimum": 2, "maxLength": 3, "minItems": 2, "maxProperties": 1, "exclusiveMaximum": 9, "multipleOf": 6}',
     '{"minimum": 1, "maxLength": 4, "minItems": 1, "maxProperties": 2, "maximum": 9, "multipleOf": 3}', '{}'),
    ('constraints dropped', '{"type": "string", "pattern": "a", "minLength": 1, "not": {"const": "b"}}', '{}', '{}'),
    ('opened', '{"properties": {"a": {}}, "additionalProperties": false}', '{"properties": {"a": {}}}', '{}'),
    ('an alternative more', '{"anyOf": [{"type": "string"}]}', '{"anyOf": [{"type": "null"}, {"type": "string"}]}', '{}'),
    ('types to alternatives', '{"type": ["string", "null"]}', '{"anyOf": [{"type": "null"}, {"type": "string"}]}', '{}'),
    ('alternatives to types', '{"anyOf": [{"const": null}, {"type": "string"}]}', '{"type": ["string", "null"]}', '{}'),
    ('moved to $defs', '{"properties": {"a": {"type": "string", "minLength": 1}}}',
     '{"properties": {"a": {"$ref": "#/$defs/s"}}, "$defs": {"s": {"type": "string", "minLength": 1}}}', '{}'),
    ('from allOf', '{"allOf": [{"type": "object"}, {"required": ["a"]}]}', '{"type": "object", "required": ["a"]}', '{}'),
    ('inside a recursion', '{"type": "object", "properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}}}',
     '{"$ref": "#/$defs/n", "$defs": {"n": {"properties": {"next": {"$ref": "#/$defs/n"}, "n": {"type": "number"}}}}}',
     '{}'),
    ('what is the same is not asked about',
     '{"not": {"const": 1}, "oneOf": [{"const": 2}, {"minimum": 3}], "unevaluatedProperties": false, "maximum": 9}',
     '{"not": {"const": 1}, "oneOf": [{"const": 2}, {"minimum": 3}], "unevaluatedProperties": false, "maximum": 9}', '{}'),
    ('an optional member in an alternative', '{"anyOf": [{"properties": {"a": {"type": "integer"}}}]}',
     '{"anyOf": [{"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}]}', '{}'),
    ('another type of a member that an alternative knew', '{"anyOf": [{"properties": {"a": {"type": "integer"}}}]}',
     '{"anyOf": [{"properties": {"a": {"type": "string"}}}]}',
     '{/anyOf: some of what was allowed meets none of the alternatives}'),
    ('a type for a member that a condition knew', '{"if": {"required": ["k"]}, "then": {"properties": {"n": {"type": "integer"}}}}',
     '{"properties": {"n": {"type": "string"}}}',
     '{"/properties/n/type: type no longer allows null, boolean, object, array, number"}'),
    ('an alternative with members less', '{"anyOf": [{"properties": {"p": {"type": "string"}}}, {"properties": {"q": {"type": "string"}}}]}',
     '{"anyOf": [{"properties": {"p": {"type": "string"}}}]}',
     '{/anyOf: some of what was allowed meets none of the alternatives}'),
    ('a condition that asks for less', '{"if": {"required": ["a"]}, "then": {"required": ["b", "c"]}}',
     '{"if": {"required": ["a"]}, "then": {"required": ["b"]}}', '{}'),
    ('elements', '{"prefixItems": [{"type": "integer"}, {"const": "a"}], "items": {"type": "string"}}',
     '{"prefixItems": [{"type": "number"}], "items": {"type": ["string", "null"]}}', '{}'),
    ('names of members', '{"properties": {"a": {}}, "additionalProperties": false}', '{"propertyNames": {"maxLength": 1}}', '{}'),
    ('names with a pattern', '{"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": false}',
     '{"patternProperties": {"^x-": {"type": ["null", "string"]}}, "additionalProperties": {"type": "string"}}', '{}'),
    ('what nothing met', 'false', '{"type": "null"}', '{}'),
    ('contains', '{"contains": {"type": "integer"}, "minContains": 2}', '{"contains": {"type": "number"}}', '{}'),

    -- What breaks.
    ('a new requirement', '{"type": "object"}', '{"type": "object", "required": ["age"]}', '{/required: age is now required}'),
    ('a member that was undeclared, but required', '{"type": "object", "required": ["a"]}',
     '{"type": "object", "required": ["a"], "properties": {"a": {"not": {}}}}',
     '{/properties/a/not: what is excluded is new or has changed}'),
    ('a type less', '{"properties": {"a": {"type": ["string", "null"]}}}', '{"properties": {"a": {"type": "string"}}}',
     '{/properties/a/type: type no longer allows null}'),
    ('number to integer', '{"type": "number"}', '{"type": "integer"}',
     '{/type: type no longer allows numbers that are not whole}'),
    ('a value less', '{"enum": ["a", "b"]}', '{"enum": ["b"]}', array[': "a" is no longer allowed']),
    ('listed values', '{"type": "string"}', '{"enum": ["a"]}', '{/enum: only the listed values are allowed now}'),
    ('narrower bounds', '{"type": "string", "maxLength": 3}', '{"type": "string", "maxLength": 2, "minLength": 1}',
     '{"/maxLength: maxLength is now 2, it was 3", "/minLength: minLength is now 1, there was none"}'),
    ('a removed member of a closed object', '{"properties": {"a/b": {}}, "additionalProperties": false}',
     '{"additionalProperties": false}', '{/properties/a~1b: a/b is no longer allowed}'),
    ('closed', '{"type": "object"}', '{"type": "object", "additionalProperties": false}',
     '{/additionalProperties: members that are not declared are no longer allowed}'),
    ('another pattern', '{"type": "string", "pattern": "a"}', '{"type": "string", "pattern": "b"}',
     '{/pattern: the pattern is new or another one}'),
    ('allOf', '{"type": "object"}', '{"type": "object", "allOf": [{"required": ["a"]}]}',
     '{/allOf/0/required: a is now required}'),
    ('a condition', '{"type": "object"}', '{"if": {"required": ["a"]}, "then": {"required": ["b"]}}',
     '{/then/required: b is now required}'),
    ('an alternative less', '{"anyOf": [{"type": "null"}, {"type": "string"}]}', '{"anyOf": [{"type": "string"}]}',
     '{/anyOf: some of what was allowed meets none of the alternatives, /type: type no longer allows null}'),
    ('another oneOf', '{"oneOf": [{"const": 1}, {"type": "string"}]}', '{"oneOf": [{"const": 1}, {"type": "string"}, {}]}',
     '{/oneOf: the alternatives of which one must hold are new or have changed}'),
    ('inside a recursion', '{"type": "object", "properties": {"next": {"$ref": "#"}, "n": {"type": "number"}}}',
     '{"type": "object", "properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}}}',
     '{/properties/n/type: type no longer allows numbers that are not whole}'),
    ('elements', '{"type": "array"}', '{"items": {"type": "null"}, "uniqueItems": true, "contains": true}',
     '{/contains: arrays must contain more now,
       "/items/type: type no longer allows boolean, object, array, string, number",
       /uniqueItems: elements must be unique now}'),
    ('fewer elements of a kind', '{}', '{"contains": true, "minContains": 0, "maxContains": 1}',
     '{/maxContains: arrays may contain fewer of these now}'),
    ('dependent members', '{"type": "object"}', '{"dependentRequired": {"a": ["b"]}}',
     '{/dependentRequired/a: b is now required where a is}'),
    ('everything', 'true', 'false', '{: nothing is allowed here now}');

select is(array(select b.pointer || ': ' || b.problem from hypermind_private.contract_breaks(c.old, c.new) as b), c.problems,
          c.name)
from changes as c;
select is_empty(format('select * from hypermind_private.contract_breaks(%L, %1$L)', c.old), c.name || ': no change')
from changes as c
where c.problems <> '{}' or c.old -> 'if' is not null;

-- What would take too long is a problem, not a wait.
create function pg_temp.alternatives(p_first int) returns jsonb language sql as $$
    select jsonb_build_object('anyOf', jsonb_agg(jsonb_build_object('minLength', n)))
    from generate_series(p_first, p_first + 299) as n
$$;
select isnt_empty('select * from hypermind_private.contract_breaks(pg_temp.alternatives(1), pg_temp.alternatives(301))',
                  'very different schemas are not compared for long');

select * from finish();
rollback;

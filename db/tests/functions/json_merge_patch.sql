-- hypermind_private.json_merge_patch(): RFC 7396, its appendix and its example.
\set ON_ERROR_STOP on
begin;
select plan(19);
set local role hypermind_owner;

select is(hypermind_private.json_merge_patch(target, patch), result, format('%s with %s', target, patch))
from (values ('{"a": "b"}'::jsonb, '{"a": "c"}'::jsonb, '{"a": "c"}'::jsonb),
             ('{"a": "b"}', '{"b": "c"}', '{"a": "b", "b": "c"}'),
             ('{"a": "b"}', '{"a": null}', '{}'),
             ('{"a": "b", "b": "c"}', '{"a": null}', '{"b": "c"}'),
             ('{"a": ["b"]}', '{"a": "c"}', '{"a": "c"}'),
             ('{"a": "c"}', '{"a": ["b"]}', '{"a": ["b"]}'),
             ('{"a": {"b": "c"}}', '{"a": {"b": "d", "c": null}}', '{"a": {"b": "d"}}'),
             ('{"a": [{"b": "c"}]}', '{"a": [1]}', '{"a": [1]}'),
             ('["a", "b"]', '["c", "d"]', '["c", "d"]'),
             ('{"a": "b"}', '["c"]', '["c"]'),
             ('{"a": "foo"}', 'null', 'null'),
             ('{"a": "foo"}', '"bar"', '"bar"'),
             ('{"e": null}', '{"a": 1}', '{"e": null, "a": 1}'),
             ('[1, 2]', '{"a": "b", "c": null}', '{"a": "b"}'),
             ('{}', '{"a": {"bb": {"ccc": null}}}', '{"a": {"bb": {}}}')) as v(target, patch, result);

select is(
    hypermind_private.json_merge_patch(
        '{"title": "Goodbye!", "author": {"givenName": "John", "familyName": "Doe"},
          "tags": ["example", "sample"], "content": "This will be unchanged"}',
        '{"title": "Hello!", "phoneNumber": "+01-123-456-7890", "author": {"familyName": null}, "tags": ["example"]}'),
    '{"title": "Hello!", "author": {"givenName": "John"}, "tags": ["example"], "content": "This will be unchanged",
      "phoneNumber": "+01-123-456-7890"}', 'the example of section 3');
select is(hypermind_private.json_merge_patch('{"a": 1}', '{}'), '{"a": 1}', 'an empty patch changes nothing');
select is(hypermind_private.json_merge_patch('{"a": 1}', '{"a": {"b": null, "c": [null]}}'), '{"a": {"c": [null]}}',
          'nulls inside an array stay');
select is(hypermind_private.json_merge_patch(null, '{"a": {"b": null}}'), '{"a": {}}', 'a target that does not exist');

select * from finish();
rollback;

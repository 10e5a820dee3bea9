-- hypermind_private.json_pointer(): RFC 6901.
\set ON_ERROR_STOP on
begin;
select plan(15);
set local role hypermind_owner;

select is(hypermind_private.json_pointer(pointer), expected::text[], format('%L', pointer))
from (values ('', '{}'),
             ('/', '{""}'),
             ('//', '{"",""}'),
             ('/foo', '{foo}'),
             ('/foo/0', '{foo,0}'),
             ('/foo/', '{foo,""}'),
             ('/a~1b', '{a/b}'),
             ('/m~0n', '{m~n}'),
             ('/~01', '{~1}'),
             ('/~1~0~1/x', '{/~/,x}')) as v(pointer, expected);

select throws_ok('select hypermind_private.json_pointer(''foo'')', 'MH008',
                 'a JSON Pointer is empty or starts with "/", unlike foo', 'a pointer starts with a slash');
select throws_ok(format('select hypermind_private.json_pointer(%L)', pointer), 'MH008',
                 'a "~" in a JSON Pointer is followed by 0 or 1, unlike in ' || pointer, 'a bad escape: ' || pointer)
from unnest(array['/~', '/a~2', '/~/0']) as v(pointer);
select is(hypermind_private.json_pointer(null), null, 'NULL is no pointer');

select * from finish();
rollback;

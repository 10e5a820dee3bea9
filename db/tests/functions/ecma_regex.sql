-- hypermind_private.ecma_regex(): a pattern of ECMA-262 matches the same strings in PostgreSQL, or is refused.
\set ON_ERROR_STOP on
begin;
select plan(95);
set local role hypermind_owner;

-- Each with strings that match and strings that do not.
create temp table patterns (pattern text, matches text[], others text[]);
insert into patterns values
    ('', '{"", a}', '{}'),
    ('b', '{b, abc}', '{"", a, B}'),
    ('^a', '{a, ab}', array['ba', E'b\na']),
    ('a$', '{a, ba}', array['ab', E'a\n', E'a\nb']),
    ('^a.c$', array['abc', 'a😀c'], array['ac', E'a\nc', E'a\rc', U&'a\2028c']),
    ('^(?:a|)b$', '{ab, b}', '{aab}'),
    ('^(?<first>a)(b)?$', '{a, ab}', '{b}'),
    ('^a{2,3}?$', '{aa, aaa}', '{a, aaaa}'),
    ('^a{0}b{2,}$', '{bb, bbb}', '{b, abb}'),
    ('^\d+$', '{0, 42}', array['', 'a', U&'\0663']),
    ('^\w+$', '{a_Z9}', array['', 'é', 'a-b']),
    ('^\s$', array[' ', E'\t', E'\n', U&'\00a0', U&'\feff', U&'\2029', U&'\3000'], array['a', U&'\180e', U&'\200b']),
    ('^\S\D\W$', '{"aa-", "éé "}', '{" a-", "a1-", aaa}'),
    ('^[\s\S]$', array['a', E'\n', '😀'], '{"", ab}'),
    ('^[^]$', array['a', E'\n'], '{""}'),
    ('a[]|b', '{b}', '{a, "a[]"}'),
    ('^[^\D5]$', '{4, 6}', '{5, a}'),
    ('^[a-c-]$', '{a, b, c, -}', '{d}'),
    ('^[--/]$', '{-,.,/}', '{",", 0}'),
    ('^[[:alpha:]$', '{[, :, a, l}', '{b, "]"}'),
    ('^[\b\-\]\\^]$', array[E'\b', '-', ']', '\', '^'], '{b}'),
    ('^[\u0000-\u001f]$', array[E'\x01', E'\x1f'], '{" "}'),
    ('^\0?$', '{""}', '{0}'),
    ('^\x41\u0042\u{43}\cJ\/$', array[E'ABC\n/'], '{x41}'),
    ('^\uD83D\uDE00\u{1F600}$', '{😀😀}', '{😀}'),
    ('^[😀-😂]$', '{😁}', '{😃}'),
    ('\bfoo\b', '{foo, "a foo b", éfoo, foo-bar}', '{foobar, _foo}'),
    ('o\B', '{foo}', '{o, "o "}'),
    ('^(?=.*[0-9])(?!.*x).{2}$', '{a1, 12}', '{ab, x1, a12}'),
    ('(?<=a)b(?<!ab)', '{}', '{ab}'),
    ('(?<!a)b', '{b, cb}', '{ab}'),
    ('^[.*+?(){}|$]+$', array['.*+?(){}|$'], '{a}'),
    ('^\.\*\[\^\$\|\\$', array['.*[^$|\'], '{}'),
    ('^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$', '{a-b-1}', '{a--b, -a}');

select is(array(select t.text from unnest(p.matches || p.others) as t (text) where t.text ~ r.regex), p.matches,
          format('%s: ~', p.pattern))
from patterns as p
cross join hypermind_private.ecma_regex(p.pattern) as r;
select is(array(select t.text from unnest(p.matches || p.others) as t (text)
                where to_jsonb(t.text) @? format('$ ? (@ like_regex %s flag "s")', to_json(r.regex))::jsonpath), p.matches,
          format('%s: like_regex', p.pattern))
from patterns as p
cross join hypermind_private.ecma_regex(p.pattern) as r;

-- What is refused.
select is((select array[r.regex, r.problem] from hypermind_private.ecma_regex(v.pattern) as r), array[null, v.problem],
          format('%s: refused', left(v.pattern, 40)))
from (values ('a{', 'has a { that is neither escaped nor part of a pair'),
             ('a]', 'has a ] that is neither escaped nor part of a pair'),
             ('[a', 'has a [ that is neither escaped nor part of a pair'),
             ('(a', 'does not close a parenthesis'),
             ('a)', 'closes a parenthesis that was not opened'),
             ('***=a', 'has a quantifier after nothing that can be repeated'),
             ('(?i)a', 'has a quantifier after nothing that can be repeated'),
             ('a**', 'has a quantifier after nothing that can be repeated'),
             ('^*', 'repeats an assertion'),
             ('(?=a)+', 'repeats an assertion'),
             ('(?:a|\b)*', 'repeats what may be nothing but an assertion'),
             ('(a)\1', 'refers back to a group'),
             ('(?<n>a)(?<n>b)', 'gives two groups one name'),
             ('\p{L}', 'asks for a Unicode property'),
             ('\A', 'has \A, which means nothing'),
             ('\-', 'has \-, which means nothing'),
             ('[\B]', 'has \B, which means nothing in a class'),
             ('\u{110000}', 'has \u{110000}, which means nothing'),
             ('\00', 'has \00, which means nothing'),
             ('a\', 'has \, which means nothing'),
             ('\uD83D', 'has a lone surrogate'),
             ('[a-\d]', 'has a range that ends with a set'),
             ('[b-a]', 'has a range whose ends are in the wrong order'),
             ('a{2,1}', 'has a repetition whose bounds are in the wrong order'),
             ('a{256}', 'repeats something more than 255 times'),
             (repeat('a', 1001), 'is longer than 1000 characters'),
             ('(?:(?:ab){50}){50}', 'takes too long to compile')) as v(pattern, problem);

select * from finish();
rollback;

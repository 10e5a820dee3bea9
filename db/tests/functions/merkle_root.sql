-- run_leaf(), merkle_root(): the Merkle Tree Hash of RFC 6962, against the vectors that Certificate Transparency tests with.
\set ON_ERROR_STOP on
begin;
select plan(16);
set local role hypermind_owner;

create temp table leaves as
select n, sha256(decode('00', 'hex') || decode(data, 'hex')) as leaf
from unnest('{"",00,10,2021,3031,40414243,5051525354555657,606162636465666768696a6b6c6d6e6f}'::text[])
     with ordinality as d (data, n);

select is(
    encode(hypermind_private.merkle_root(array(select leaf from leaves where n <= v.n order by n)), 'hex'),
    v.root,
    format('the root over %s leaves', v.n))
from (values
    (0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
    (1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'),
    (2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'),
    (3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'),
    (4, 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'),
    (5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'),
    (6, '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'),
    (7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'),
    (8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
) as v (n, root);

-- By its definition, for every number of leaves up to 70.
create function pg_temp.mth(p_leaves bytea[]) returns bytea language plpgsql as $function$
declare
    v_n constant integer := cardinality(p_leaves);
    v_k integer := 1;
begin
    if v_n <= 1 then
        return coalesce(p_leaves[1], sha256(''));
    end if;
    while v_k * 2 < v_n loop
        v_k := v_k * 2;
    end loop;
    return sha256(decode('01', 'hex') || pg_temp.mth(p_leaves[:v_k]) || pg_temp.mth((p_leaves[v_k + 1:])));
end
$function$;
select is_empty($$
    select n
    from generate_series(0, 70) as n
    cross join lateral (select array(select sha256(int4send(i)) from generate_series(1, n) as i order by i) as leaves) as l
    where hypermind_private.merkle_root(l.leaves) <> pg_temp.mth(l.leaves) $$,
    'up to 70 leaves it is what the definition says');
select isnt(hypermind_private.merkle_root(array(select leaf from leaves order by n desc)),
            hypermind_private.merkle_root(array(select leaf from leaves order by n)), 'the order counts');
select is(hypermind_private.merkle_root(null), null, 'no array, no root');

-- The leaf of a run.
\set run 01890a5d-ac96-774b-bcce-b302099a8057
select is(hypermind_private.run_leaf(:'run', 258, sha256('x')),
          sha256(decode('00' || replace(:'run', '-', '') || '0000000000000102', 'hex') || sha256('x')),
          'a leaf is the hash of a zero byte, the run id, the seq in eight bytes and the hash');
select is(encode(hypermind_private.run_leaf(:'run', 0, hypermind_private.genesis_hash()), 'hex'),
          '64fc373f92a01639a4cfbd43fa31c0235b25778a93f5bdbbc81c1d2d173d828a', 'which is this for a run without events');
select isnt(hypermind_private.run_leaf(:'run', 1, sha256('x')), hypermind_private.run_leaf(:'run', 2, sha256('x')),
            'another seq is another leaf');
select is(hypermind_private.run_leaf(:'run', null, sha256('x')), null, 'no seq, no leaf');

select * from finish();
rollback;

-- Deploy hypermind:functions/any_of to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.any_of(variadic p_predicates text[])
    returns text
    language sql
    immutable
    parallel safe
as $function$
    select case when bool_or(p.predicate = '') then ''
                else '(' || string_agg('(' || p.predicate || ')', ' || ' order by p.number) || ')' end
    from unnest(p_predicates) with ordinality as p (predicate, number)
    where p.predicate is not null
$function$;

comment on function hypermind_private.any_of(text[]) is
$comment$Disjunction of jsonpath predicates: '' is always true, NULL is never known to be.$comment$;

commit;

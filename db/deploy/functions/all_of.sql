-- Deploy hypermind:functions/all_of to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.all_of(variadic p_predicates text[])
    returns text
    language sql
    immutable
    parallel safe
as $function$
    select case when bool_or(p.predicate is null) then null
                else coalesce(string_agg(p.predicate, ' && ' order by p.number) filter (where p.predicate <> ''), '') end
    from unnest(p_predicates) with ordinality as p (predicate, number)
$function$;

comment on function hypermind_private.all_of(text[]) is
$comment$Conjunction of jsonpath predicates: '' is always true, NULL is never known to be.$comment$;

commit;

-- Deploy hypermind:functions/none_of to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.none_of(p_predicate text)
    returns text
    language sql
    immutable
    parallel safe
as $function$
    select case when p_predicate <> '' then '!(' || p_predicate || ')' end
$function$;

comment on function hypermind_private.none_of(text) is
$comment$Negation of a jsonpath predicate that is exact: '' is always true, NULL is never known to be.$comment$;

commit;

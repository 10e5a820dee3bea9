-- Deploy hypermind:functions/members_predicate to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.members_predicate(p_path text, p_which text, p_predicate text)
    returns text
    language sql
    immutable
    parallel safe
as $function$
    select case when p_predicate = '' then ''
                else format('(%s.type() != "object" || !exists(%s.keyvalue()%s))', p_path, p_path,
                            coalesce(
                                ' ? (' || nullif(concat_ws(' && ', nullif(p_which, ''), '!(' || p_predicate || ')'), '') || ')', ''))
           end
$function$;

comment on function hypermind_private.members_predicate(text, text, text) is
$comment$That each member of the object at p_path for which p_which holds meets p_predicate; both are on @.key and @.value.
NULL for p_predicate: that there is no such member.$comment$;

commit;

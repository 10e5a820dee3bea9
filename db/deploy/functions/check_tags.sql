-- Deploy hypermind:functions/check_tags to pg
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_tags(p_tags text[])
    returns void
    language plpgsql
    volatile
as $function$
begin
    if cardinality(p_tags) > 0
       and (array_ndims(p_tags) <> 1
            or array_lower(p_tags, 1) <> 1
            or cardinality(p_tags) > 64
            or exists (select from unnest(p_tags) as t (tag) where t.tag is null or length(t.tag) not between 1 and 200)) then
        perform hypermind_private.refuse_argument(
            'p_tags', 'tags must be a plain array of at most 64 words of 1 to 200 characters',
            'Put what is longer into the payload or the metadata.');
    end if;
end
$function$;

comment on function hypermind_private.check_tags(text[]) is
$comment$Refuses tags that are not a one-dimensional array of at most 64 words of 1 to 200 characters; NULL passes.

Raises MH016 (invalid argument).$comment$;

commit;

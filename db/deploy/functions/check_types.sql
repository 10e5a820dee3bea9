-- Deploy hypermind:functions/check_types to pg
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_types(p_types text[])
    returns void
    language plpgsql
    stable
as $function$
begin
    if cardinality(p_types) > 64 or (select bool_or(t.name is null or length(t.name) > 100) from unnest(p_types) as t (name)) then
        perform hypermind_private.refuse_argument(
            'p_types', 'p_types has more than 64 event types, or one that is null or longer than 100 characters',
            'Give the event types to look for, or none.');
    end if;
end
$function$;

comment on function hypermind_private.check_types(text[]) is
$comment$Refuses a filter of more than 64 event types, or of what is none.

Raises MH016 (invalid argument).$comment$;

commit;

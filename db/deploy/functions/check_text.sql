-- Deploy hypermind:functions/check_text to pg
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_text(p_argument text, p_value text, p_max integer)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if p_value is null or length(p_value) not between 1 and p_max then
        perform hypermind_private.refuse_argument(
            p_argument,
            format('%s %s: it must have 1 to %s characters', p_argument,
                   case when p_value is null then 'is null' else format('has %s characters', length(p_value)) end, p_max),
            'Shorten it, or put long text into a payload.');
    end if;
end
$function$;

comment on function hypermind_private.check_text(text, text, integer) is
$comment$Refuses a name or word that is NULL, empty or longer than p_max characters.

Raises MH016 (invalid argument).$comment$;

commit;

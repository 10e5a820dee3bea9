-- Deploy hypermind:functions/check_page_limit to pg
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_page_limit(p_limit integer)
    returns void
    language plpgsql
    stable
as $function$
begin
    if p_limit is null or p_limit not between 1 and 1000 then
        perform hypermind_private.refuse_argument(
            'p_limit', format('p_limit is %s: a page has 1 to 1000 rows', coalesce(p_limit::text, 'null')),
            'Ask for the next page with the cursor of the last row.');
    end if;
end
$function$;

comment on function hypermind_private.check_page_limit(integer) is
$comment$Refuses a page of less than one or more than 1000 rows.

Raises MH016 (invalid argument).$comment$;

commit;

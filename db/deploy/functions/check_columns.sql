-- Deploy hypermind:functions/check_columns to pg
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_columns(p_columns jsonb)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if p_columns is null or jsonb_typeof(p_columns) <> 'object'
       or p_columns - '{model,tool,input_tokens,output_tokens,cost}'::text[] <> '{}'
       or exists (select from jsonb_each(p_columns) as c (name, member)
                  where jsonb_typeof(c.member) <> 'string' or length(c.member #>> '{}') not between 1 and 200)
       or (select count(distinct c.member) <> count(*) from jsonb_each(p_columns) as c (name, member)) then
        perform hypermind_private.refuse_argument(
            'p_columns', 'p_columns must name a member of the payload, each another, for some of the columns model, tool, '
                         'input_tokens, output_tokens and cost',
            'For example {"model": "gen_ai.request.model"}.');
    end if;
end
$function$;

comment on function hypermind_private.check_columns(jsonb) is
$comment$Refuses what does not say which members of a payload fill which columns.

Raises MH016 (invalid argument).$comment$;

commit;

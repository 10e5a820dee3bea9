-- Deploy hypermind:functions/text_rule_number to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.text_rule_number(p_name text)
    returns smallint
    language sql
    immutable
    parallel safe
as $function$
    select case p_name when 'messages' then 1::smallint when 'tool' then 2::smallint when 'all' then 3::smallint end
$function$;

comment on function hypermind_private.text_rule_number(text) is
$comment$The number of a text rule (event_text): messages 1, tool 2, all 3.
NULL for no rule, and for a name that is none.$comment$;

commit;

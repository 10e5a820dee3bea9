-- Deploy hypermind:functions/event_text to pg
-- requires: schemas/hypermind
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

-- Indexes are made of what this returns: to change a rule, add a number.
create or replace function hypermind.event_text(p_payload jsonb, p_text_rule smallint)
    returns text
    language plpgsql
    immutable
    strict
    parallel safe
as $function$
declare
    -- "strict": a lax path would unwrap arrays, and find what is in them twice.
    v_strings constant jsonb := jsonb_path_query_array(
        case p_text_rule
            when 1 then jsonb_build_array(
                p_payload -> 'gen_ai.system_instructions', p_payload -> 'gen_ai.input.messages',
                p_payload -> 'gen_ai.output.messages', p_payload -> 'content', p_payload -> 'text', p_payload -> 'thought')
            when 2 then jsonb_build_array(
                p_payload -> 'gen_ai.tool.name', p_payload -> 'gen_ai.tool.call.arguments',
                p_payload -> 'gen_ai.tool.call.result', p_payload -> 'error.type')
            when 3 then p_payload
        end,
        'strict $.** ? (@.type() == "string")');
begin
    if jsonb_array_length(v_strings) > 1 then
        return left(array_to_string(array(select jsonb_array_elements_text(v_strings)), E'\n'), 100000);
    elsif v_strings is not null then
        return left(coalesce(v_strings ->> 0, ''), 100000);
    end if;

    return null;
end
$function$;

comment on function hypermind.event_text(jsonb, smallint) is
$comment$The searchable text of a payload: the strings in it that a text rule names, each on a line of its own; of all that, at
most the first 100,000 characters. Names of members are no text. Empty when there is no string; NULL when an argument is NULL or
the rule unknown.

What comes after 100,000 characters is cut off: it is in the payload, but no search finds it. Of no longer text, whatever it is, a
tsvector can be made: at 1 MB of words PostgreSQL would refuse, and the append with it.

p_text_rule: the number that an event keeps in text_rule.
1, messages: gen_ai.system_instructions, gen_ai.input.messages, gen_ai.output.messages, content, text and thought, in this order,
each with all strings in it. 2, tool: gen_ai.tool.name, gen_ai.tool.call.arguments, gen_ai.tool.call.result and error.type,
likewise. 3, all: every string of the payload. Within one member, strings come in the order in which jsonb keeps them.$comment$;

grant execute on function hypermind.event_text(jsonb, smallint) to hypermind_reader;

commit;

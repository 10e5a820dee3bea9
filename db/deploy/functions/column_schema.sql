-- Deploy hypermind:functions/column_schema to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.column_schema(p_columns jsonb)
    returns jsonb
    language sql
    immutable
    parallel safe
as $function$
    select jsonb_build_object('properties', coalesce(jsonb_object_agg(c.member, case c.name
               when 'model' then '{"type": ["string", "null"], "minLength": 1, "maxLength": 200}'::jsonb
               when 'tool' then '{"type": ["string", "null"], "minLength": 1, "maxLength": 200}'
               when 'input_tokens' then '{"type": ["integer", "null"], "minimum": 0, "maximum": 1000000000}'
               when 'output_tokens' then '{"type": ["integer", "null"], "minimum": 0, "maximum": 1000000000}'
               when 'cost' then '{"type": ["number", "null"], "minimum": 0, "exclusiveMaximum": 1e12, "multipleOf": 1e-18}'
               end), '{}'))
    from jsonb_each_text(p_columns) as c (name, member)
$function$;

comment on function hypermind_private.column_schema(jsonb) is
$comment$What a payload must be to fill columns of its event, as a JSON Schema: the bounds of append_event()'s arguments.

p_columns: the member for each column, such as {"model": "gen_ai.request.model"}.$comment$;

commit;

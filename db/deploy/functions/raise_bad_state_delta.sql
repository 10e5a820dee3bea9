-- Deploy hypermind:functions/raise_bad_state_delta to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.raise_bad_state_delta(
    p_index     int,
    p_operation jsonb,
    p_reason    text,
    p_hint      text default 'Compare the delta with the state before it (state_at), and send one that applies there.'
)
    returns void
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    -- What a client sent may be megabytes long: enough of it to recognise it.
    v_op   constant text := left(p_operation ->> 'op', 40);
    v_path constant text := left(p_operation ->> 'path', 200);
    v_name constant text := nullif(concat_ws(' ', v_op, nullif(v_path, '')), '');
begin
    raise exception 'operation %', p_index || coalesce(' (' || v_name || ')', '') || ' cannot be applied: ' || p_reason
        using errcode = 'MH008',
              detail = jsonb_build_object('operation', p_index, 'op', v_op, 'path', v_path, 'reason', p_reason)::text,
              hint = p_hint;
end
$function$;

comment on function hypermind_private.raise_bad_state_delta(int, jsonb, text, text) is
$comment$Refuses an operation of a JSON Patch.

p_index: the place of the operation in its patch, counted from 0.
p_reason: why, as the end of a sentence.

Raises MH008, always; the error's detail holds operation, op, path and reason.$comment$;

commit;

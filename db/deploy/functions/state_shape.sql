-- Deploy hypermind:functions/state_shape to pg
-- requires: functions/shape_of
-- requires: functions/fit_shape

begin;

set local role hypermind_owner;

create or replace function hypermind_private.state_shape(p_state jsonb)
    returns jsonb
    language sql
    immutable
    strict
    parallel safe
as $function$
    select hypermind_private.fit_shape(hypermind_private.shape_of(p_state, 3))
$function$;

comment on function hypermind_private.state_shape(jsonb) is
$comment$The shape of a state: what must be known of it to tell whether a JSON Patch applies, in about 1 KB.

true: a scalar. A number: an array of so many elements. An object: one with exactly these members, and their shapes.
false: an object, of members not kept (it is nested more than 3 levels deep, has more than 64 members, or did not fit).
null: any value; shape_after() writes it for what was moved or copied from inside an array.$comment$;

commit;

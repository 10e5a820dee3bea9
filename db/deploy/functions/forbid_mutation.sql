-- Deploy hypermind:functions/forbid_mutation to pg
-- requires: functions/caller

begin;

set local role hypermind_owner;

create or replace function hypermind_private.forbid_mutation()
    returns trigger
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_nothing constant jsonb :=
        '{"payload": null, "state_delta": null, "state": null, "input": null, "metadata": null, "uri": null, "salt": null}';
begin
    -- The one exception, an erasure: by a function of the owner's that somebody else has called, of a row that has content, to the
    -- very same row, byte for byte, without it.
    if tg_op = 'UPDATE' and current_user = 'hypermind_owner' then
        if not pg_has_role(hypermind_private.caller(), 'hypermind_owner', 'USAGE')
           and old *<> jsonb_populate_record(old, v_nothing)
           and new *= jsonb_populate_record(old, v_nothing) then
            return new;
        end if;
    end if;

    raise exception using
        errcode = 'MH004',
        message = format('%s on %s is refused: recorded runs never change', tg_op, tg_table_name),
        detail  = jsonb_build_object('operation', tg_op, 'schema', tg_table_schema, 'table', tg_table_name)::text,
        hint    = 'Append an event that says what changed, or fork the run.',
        schema  = tg_table_schema,
        table   = tg_table_name;
end
$function$;

comment on function hypermind_private.forbid_mutation() is
$comment$Trigger function of every insert-only table: refuses UPDATE, DELETE and TRUNCATE, whoever tries.

Let through is one UPDATE: that of an erasure, which sets the content of a row and its salt to NULL, all of it, and nothing else.
Only a SECURITY DEFINER function of hypermind_owner can do it, and only for a caller who is no member of hypermind_owner: neither
the owner by SET ROLE nor a superuser can. What they do past the guards, verify_run() finds: content that is gone without its
hashes in erased_hashes.

Raises MH004 (append only).$comment$;

commit;

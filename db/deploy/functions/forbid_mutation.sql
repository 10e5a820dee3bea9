-- Deploy hypermind:functions/forbid_mutation to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.forbid_mutation()
    returns trigger
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $function$
begin
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

Raises MH004 (append only).$comment$;

commit;

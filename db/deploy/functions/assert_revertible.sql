-- Deploy hypermind:functions/assert_revertible to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.assert_revertible()
    returns void
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_has_runs boolean := false;
begin
    if current_setting('hypermind.allow_data_loss', true) = 'on' then
        return;
    end if;

    -- The summaries have archived runs, too.
    if to_regclass('hypermind.runs') is not null then
        execute 'select exists (select from hypermind.runs)' into v_has_runs;
    end if;
    if not v_has_runs and to_regclass('hypermind.run_summaries') is not null then
        execute 'select exists (select from hypermind.run_summaries)' into v_has_runs;
    end if;

    if v_has_runs then
        raise exception using
            errcode = 'MH019',
            message = 'this database holds recorded runs: reverting would destroy them or what guards them',
            detail  = '{"setting": "hypermind.allow_data_loss"}',
            hint    = 'To destroy them all the same: PGOPTIONS=''-c hypermind.allow_data_loss=on'' sqitch revert.';
    end if;
end
$function$;

comment on function hypermind_private.assert_revertible() is
$comment$The first statement of every revert script: refuses to go on while the database holds runs.

Sqitch reverts the newest change first, so the refusal must come before the first guard is gone, not at the table.
The setting hypermind.allow_data_loss = on lets the revert through.

Raises MH019 (recorded runs would be destroyed).$comment$;

commit;

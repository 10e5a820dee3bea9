-- Deploy hypermind:functions/move_briefly to pg
-- requires: functions/lock_briefly

begin;

set local role hypermind_owner;

create or replace function hypermind_private.move_briefly(
    p_mode text, p_tables text[], p_what text, p_statements text[]
)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_before constant text := current_setting('lock_timeout');
    v_statement text;
begin
    for v_try in 1 .. 10 loop
        begin
            perform hypermind_private.lock_briefly(
                '{hypermind.projects, hypermind.config_versions}'::regclass[], 'share row exclusive',
                clock_timestamp() + interval '20 ms');
            perform hypermind_private.lock_briefly(p_tables::regclass[], p_mode, clock_timestamp() + interval '40 ms');
            foreach v_statement in array p_statements loop
                execute v_statement;
            end loop;
            perform set_config('lock_timeout', v_before, true);
            return;
        exception
            when lock_not_available then
                null;
        end;
        -- Those who waited behind this have their turn.
        perform pg_sleep(0.1 * v_try);
    end loop;

    raise exception using
        errcode = '55P03',
        message = format('%s: the run tables are in use', p_what),
        hint    = 'Nothing was changed. Try again; a long query or transaction may have to end first: see pg_stat_activity.';
end
$function$;

comment on function hypermind_private.move_briefly(text, text[], text, text[]) is
$comment$Does statements that need run tables for themselves: waits for the locks for a few hundredths of a second, so that nobody waits
longer behind it, lets others pass, and tries again, ten times.

p_mode: of the locks on p_tables. projects and config_versions are locked against writers before them.
p_what: what is done, for the message.

Raises 55P03 (lock not available).$comment$;

commit;

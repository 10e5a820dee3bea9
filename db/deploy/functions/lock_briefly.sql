-- Deploy hypermind:functions/lock_briefly to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.lock_briefly(
    p_tables regclass[], p_mode text, p_until timestamptz
)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_table regclass;
    v_left  numeric;
begin
    foreach v_table in array p_tables loop
        v_left := ceil(1000 * extract(epoch from p_until - clock_timestamp()));
        perform set_config('lock_timeout', greatest(v_left, 1) || 'ms', true);
        case p_mode
            when 'share update exclusive' then execute format('lock table only %s in share update exclusive mode', v_table);
            when 'share row exclusive' then execute format('lock table only %s in share row exclusive mode', v_table);
            when 'access exclusive' then execute format('lock table only %s in access exclusive mode', v_table);
        end case;
    end loop;
end
$function$;

comment on function hypermind_private.lock_briefly(regclass[], text, timestamp with time zone) is
$comment$Locks tables in this order, but waits no longer than to p_until in all, since others wait behind it. lock_timeout stays changed.

Raises 55P03 (lock not available).$comment$;

commit;

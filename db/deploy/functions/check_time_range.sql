-- Deploy hypermind:functions/check_time_range to pg
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_time_range(p_from timestamptz, p_to timestamptz, p_most interval)
    returns void
    language plpgsql
    stable
as $function$
begin
    -- Bounds first: no arithmetic overflows within them.
    if p_from is null or p_to is null or p_from < '0001-01-01 00:00:00+00' or p_to > '10001-01-01 00:00:00+00' or p_from >= p_to
       or p_to > p_from + p_most then
        perform hypermind_private.refuse_argument(
            'p_from',
            format('from %s to %s is no range of time of at most %s',
                   coalesce(p_from::text, 'null'), coalesce(p_to::text, 'null'), p_most),
            'Give both p_from and the later p_to; for more, ask range by range.');
    end if;
end
$function$;

comment on function hypermind_private.check_time_range(timestamptz, timestamptz, interval) is
$comment$Refuses a range of time that has no two ends, is empty, or longer than p_most.

Raises MH016 (invalid argument).$comment$;

commit;

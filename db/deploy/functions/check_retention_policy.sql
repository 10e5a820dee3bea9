-- Deploy hypermind:functions/check_retention_policy to pg
-- requires: functions/check_retention_days

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_retention_policy(
    p_keep_at_least integer, p_keep_at_most integer, p_archive_after integer
)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if p_keep_at_least is null then
        perform hypermind_private.refuse_argument(
            'p_keep_at_least', 'p_keep_at_least is null: it must be a number of days',
            'Say 0 where runs may be deleted at any time.');
    end if;
    perform hypermind_private.check_retention_days('p_keep_at_least', p_keep_at_least, 0);
    perform hypermind_private.check_retention_days('p_keep_at_most', p_keep_at_most, 1);
    perform hypermind_private.check_retention_days('p_archive_after', p_archive_after, 0);

    if p_keep_at_most < p_keep_at_least then
        perform hypermind_private.refuse_argument(
            'p_keep_at_most', format('a run cannot be kept for at least %s days and at most %s', p_keep_at_least, p_keep_at_most),
            'Make the maximum as long as the minimum or longer, or NULL for none.');
    end if;
    if p_archive_after > p_keep_at_most then
        perform hypermind_private.refuse_argument(
            'p_archive_after',
            format('a run that is kept for at most %s days cannot be archived after %s', p_keep_at_most, p_archive_after),
            'Archive it before it is to be deleted, or NULL for never by itself.');
    end if;
end
$function$;

comment on function hypermind_private.check_retention_policy(integer, integer, integer) is
$comment$Refuses a retention policy that contradicts itself, or keeps for longer or shorter than anybody could mean.

Raises MH016 (invalid argument).$comment$;

commit;

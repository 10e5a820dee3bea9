-- Deploy hypermind:functions/check_parent_seq to pg
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_parent_seq(p_parent_seq bigint, p_seq bigint)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if p_parent_seq not between 1 and p_seq - 1 then
        perform hypermind_private.refuse(
            'MH012',
            format('parent_seq %s is no earlier event than seq %s', p_parent_seq, p_seq),
            jsonb_build_object('seq', p_seq, 'parent_seq', p_parent_seq),
            'An event nests under one that comes before it: give p_expected_seq to know the numbers of a batch beforehand.');
    end if;
end
$function$;

comment on function hypermind_private.check_parent_seq(bigint, bigint) is
$comment$Refuses a parent_seq that names no earlier event.

Raises MH012 (seq out of range).$comment$;

commit;

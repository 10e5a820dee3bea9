-- Deploy hypermind:functions/duration_bucket to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.duration_bucket(p_from timestamptz, p_to timestamptz)
    returns smallint
    language sql
    immutable
    parallel safe
as $function$
    select case when p_to > p_from
                then 1 + ceil(ln(date_part('epoch', p_to - p_from) * 1000000) / ln(1.1::double precision))
                when p_to <= p_from then 0 end::smallint
$function$;

comment on function hypermind_private.duration_bucket(timestamptz, timestamptz) is
$comment$The bucket that a duration is counted in; NULL without an end of it. 0 holds none and negative ones (clocks differ); bucket
n > 0 those above 1.1^(n-2) and up to 1.1^(n-1) microseconds. bucket_seconds() is what a bucket stands for.

Buckets of the same growth can be added up, whatever they were counted over; percentiles cannot.$comment$;

commit;

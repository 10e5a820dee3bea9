-- Deploy hypermind:functions/bucket_seconds to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.bucket_seconds(p_bucket smallint)
    returns double precision
    language sql
    immutable
    parallel safe
as $function$
    select case when p_bucket > 0 then 2 * power(1.1::double precision, p_bucket - 1) / 2.1 / 1000000
                when p_bucket = 0 then 0 end
$function$;

comment on function hypermind_private.bucket_seconds(smallint) is
$comment$The number of seconds that the durations of a bucket (duration_bucket()) are said to have had: the one that is equally far,
by ratio, from all of them, so at most 4.8 % (0.1 / 2.1) above or below any.$comment$;

commit;

-- Deploy hypermind:functions/snapshot_is_due to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.snapshot_is_due(p_deltas integer, p_delta_bytes bigint, p_snapshot_bytes bigint)
    returns boolean
    language sql
    immutable
    parallel safe
as $function$
    select p_deltas >= 500 + p_snapshot_bytes / 2048 or p_delta_bytes > greatest(4 * p_snapshot_bytes, 65536)
           or p_snapshot_bytes + p_delta_bytes > 67108864
$function$;

comment on function hypermind_private.snapshot_is_due(integer, bigint, bigint) is
$comment$Whether an open run should get an automatic snapshot: after 500 deltas, or when the deltas outweigh the last snapshot
fourfold, or when the state may have outgrown 64 MiB, which the snapshot finds out. The larger the state, the rarer, so that the snapshots of a growing state stay within a few times its size.$comment$;

commit;

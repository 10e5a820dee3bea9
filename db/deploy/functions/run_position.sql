-- Deploy hypermind:functions/run_position to pg
-- requires: tables/run_heads
-- requires: tables/run_outcomes

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_position(
    p_run_id uuid, out status text, out last_seq bigint, out last_hash bytea
)
    language plpgsql
    stable
    parallel safe
as $function$
begin
    select p.status, p.last_seq, p.last_hash into run_position.status, run_position.last_seq, run_position.last_hash
    from (
        select h.status, h.last_seq, h.last_hash from hypermind.run_heads as h where h.run_id = p_run_id
        union all
        select o.status, o.last_seq, o.last_hash from hypermind.run_outcomes as o where o.run_id = p_run_id
    ) as p;
end
$function$;

comment on function hypermind_private.run_position(uuid) is
$comment$Status, last seq and last hash of a run, open or closed, in one look: a run that ends meanwhile is seen once.$comment$;

commit;

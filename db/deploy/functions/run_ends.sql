-- Deploy hypermind:functions/run_ends to pg
-- requires: tables/run_heads
-- requires: tables/run_outcomes

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_ends(p_periods text[], p_counts integer[], p_run_ids uuid[])
    returns table (
        run_id        uuid,
        status        text,
        last_seq      bigint,
        last_at       timestamptz,
        ended_at      timestamptz,
        input_tokens  bigint,
        output_tokens bigint,
        cost          numeric
    )
    language plpgsql
    stable
as $function$
declare
    v_first integer := 1;
begin
    for i in 1 .. cardinality(p_periods) loop
        for run_id, status, last_seq, last_at, ended_at, input_tokens, output_tokens, cost in execute format(
            'select o.run_id, o.status, o.last_seq, o.ended_at, o.ended_at, o.input_tokens, o.output_tokens, o.cost '
            'from hypermind_private.%I as o where o.run_id = any ($1) '
            'union all '
            'select h.run_id, h.status, h.last_seq, h.last_recorded_at, null, null, null, null '
            'from hypermind.run_heads as h where h.run_id = any ($1)', 'run_outcomes_' || p_periods[i])
        using p_run_ids[v_first : v_first + p_counts[i] - 1]
        loop
            return next;
        end loop;

        v_first := v_first + p_counts[i];
    end loop;
end
$function$;

comment on function hypermind_private.run_ends(text[], integer[], uuid[]) is
$comment$Where runs stand, open or closed; the arguments are as for run_rows(). Totals are those of closed runs, NULL of open
ones.$comment$;

commit;

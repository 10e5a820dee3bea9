-- Deploy hypermind:functions/append_batch_once to pg
-- requires: functions/batch_appended_before
-- requires: functions/settle_head
-- requires: functions/check_batch_events
-- requires: functions/canonical_event
-- requires: functions/chain_hash
-- requires: functions/settle_shape
-- requires: functions/take_due_snapshot
-- requires: functions/snapshot_is_due
-- requires: functions/note_tools
-- requires: functions/refuse_append
-- requires: functions/contract_versions
-- requires: functions/contracts_of
-- requires: functions/token_count
-- requires: functions/money

begin;

set local role hypermind_owner;

create or replace function hypermind_private.append_batch_once(
    p_run_id uuid, p_events jsonb, p_expected_seq bigint, p_epoch bigint
)
    returns bigint
    language plpgsql
    volatile
as $function$
declare
    v_now      constant timestamptz := hypermind_private.clock();
    v_head     hypermind.run_heads;
    v_versions jsonb;
    v_shape    jsonb;
    v_deltas   jsonb[];
    v_bytes    bigint := 0;
    v_tools    text[];
    v_last_seq bigint;
begin
    select * into v_head
    from hypermind.run_heads as h
    where h.run_id = p_run_id
      and hypermind_private.acts_for(h.project_role)
      and (p_expected_seq is null or p_expected_seq = h.last_seq)
      and (p_epoch is null or p_epoch = h.epoch)
    for no key update;

    if not found then
        if p_events @? '$[*].event_id' then
            perform hypermind_private.settle_head(p_run_id);
            v_last_seq := hypermind_private.batch_appended_before(p_run_id, p_events);
        end if;
        if v_last_seq is null then
            perform hypermind_private.refuse_append(p_run_id, p_expected_seq, p_epoch, null);
        end if;
        return v_last_seq;
    end if;

    v_versions := hypermind_private.contract_versions(p_events, v_head.project_id);
    v_shape    := hypermind_private.check_batch_events(p_events, v_head, v_versions);
    v_last_seq := v_head.last_seq + jsonb_array_length(p_events);

    if p_events @? '$[*].state_delta' then
        select array_agg(i.state_delta order by i.ord), coalesce(sum(pg_column_size(i.state_delta #> '{}')), 0)
        into v_deltas, v_bytes
        from hypermind_private.event_inputs(p_events) as i
        where i.state_delta is not null;
    end if;

    v_head.last_recorded_at := greatest(v_head.last_recorded_at, v_now);

    with inputs as materialized (
        select i.ord, i.event_type, i.payload, i.state_delta, i.parent_seq, i.event_id, i.tags, i.occurred_at,
               gen_random_uuid() as salt, c.version as contract_version, c.text_rule_number as text_rule,
               coalesce(i.model, i.payload ->> c.model_member) as model,
               coalesce(i.tool, i.payload ->> c.tool_member) as tool,
               coalesce(i.input_tokens, hypermind_private.token_count(i.payload, c.input_tokens_member)) as input_tokens,
               coalesce(i.output_tokens, hypermind_private.token_count(i.payload, c.output_tokens_member)) as output_tokens,
               coalesce(i.cost, hypermind_private.money(i.payload, c.cost_member)) as cost
        from hypermind_private.event_inputs(p_events) as i
        left join hypermind_private.contracts_of(v_versions, v_head.project_id) as c on c.subject = i.event_type
    ),
    links as (
        select i.*,
               hypermind_private.chain_hash(
                   v_head.last_hash,
                   hypermind_private.canonical_event(
                       p_run_id, v_head.last_seq + i.ord, v_head.project_id, i.event_id, i.event_type, i.contract_version, i.parent_seq,
                       hypermind_private.salted_hash(i.salt, i.payload), hypermind_private.salted_hash(i.salt, i.state_delta),
                       i.model, i.tool, i.tags, i.input_tokens, i.output_tokens, i.cost, i.text_rule, null,
                       coalesce(i.occurred_at, v_now), v_head.last_recorded_at)
               ) over (order by i.ord rows unbounded preceding) as event_hash
        from inputs as i
    ),
    inserted as (
        insert into hypermind.run_events (
            run_id, seq, project_id, event_id, event_type, contract_version, parent_seq, payload, state_delta, salt, model, tool, tags,
            input_tokens, output_tokens, cost, text_rule, occurred_at, recorded_at, event_hash
        )
        select p_run_id, v_head.last_seq + l.ord, v_head.project_id, l.event_id, l.event_type, l.contract_version, l.parent_seq,
               l.payload, l.state_delta, l.salt, l.model, l.tool, l.tags, l.input_tokens, l.output_tokens, l.cost, l.text_rule,
               coalesce(l.occurred_at, v_now), v_head.last_recorded_at, l.event_hash
        from links as l
        order by l.ord
        returning seq, event_hash, tool
    )
    select (array_agg(i.event_hash) filter (where i.seq = v_last_seq))[1],
           array_agg(distinct i.tool) filter (where i.tool is not null and i.tool <> all (v_head.tools))
    into v_head.last_hash, v_tools
    from inserted as i;

    update hypermind.run_heads as h
    set last_seq              = v_last_seq,
        last_hash             = v_head.last_hash,
        last_recorded_at      = v_head.last_recorded_at,
        state_shape           = v_shape,
        deltas_since_snapshot = h.deltas_since_snapshot + coalesce(cardinality(v_deltas), 0),
        delta_bytes           = h.delta_bytes + v_bytes
    where h.run_id = p_run_id
    returning h.deltas_since_snapshot, h.delta_bytes into v_head.deltas_since_snapshot, v_head.delta_bytes;

    if v_tools is not null then
        perform hypermind_private.note_tools(p_run_id, v_head.project_id, v_tools);
    end if;
    if v_deltas is not null then
        if v_shape is null then
            perform hypermind_private.settle_shape(p_run_id, v_head.last_seq, v_deltas);
        end if;
        if hypermind_private.snapshot_is_due(v_head.deltas_since_snapshot, v_head.delta_bytes, v_head.snapshot_bytes) then
            perform hypermind_private.take_due_snapshot(p_run_id, v_last_seq, v_head.project_id);
        end if;
    end if;

    return v_last_seq;
end
$function$;

comment on function hypermind_private.append_batch_once(uuid, jsonb, bigint, bigint) is
$comment$The write path of a batch: the head is locked, all events are linked and inserted set-wise, the head is moved on.

The caller has checked the form of the batch, and enters a subtransaction for event_ids that are used already.

Raises what append_batch() says.$comment$;

commit;

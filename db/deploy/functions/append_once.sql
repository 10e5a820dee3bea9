-- Deploy hypermind:functions/append_once to pg
-- requires: functions/canonical_event
-- requires: functions/refuse_append
-- requires: functions/appended_before
-- requires: functions/shape_after
-- requires: functions/settle_shape
-- requires: functions/take_due_snapshot
-- requires: functions/snapshot_is_due
-- requires: functions/note_tools
-- requires: functions/acts_for
-- requires: functions/clock
-- requires: tables/contracts
-- requires: functions/project_of_head
-- requires: functions/quickly_accepts
-- requires: functions/program_violations
-- requires: functions/token_count
-- requires: functions/money
-- requires: functions/takes_event_type

begin;

set local role hypermind_owner;

create or replace function hypermind_private.append_once(
    p_run_id        uuid,
    p_event_type    text,
    p_payload       jsonb,
    p_state_delta   jsonb       default null,
    p_parent_seq    bigint      default null,
    p_expected_seq  bigint      default null,
    p_event_id      uuid        default null,
    p_epoch         bigint      default null,
    p_model         text        default null,
    p_tool          text        default null,
    p_tags          text[]      default null,
    p_input_tokens  bigint      default null,
    p_output_tokens bigint      default null,
    p_cost          numeric     default null,
    p_occurred_at   timestamptz default null,
    p_subject_hash  bytea       default null,
    p_now           timestamptz default null,
    p_checked       boolean     default false
)
    returns bigint
    language plpgsql
    volatile
as $function$
declare
    v_now           constant timestamptz := coalesce(p_now, hypermind_private.clock());
    v_salt          constant uuid        := gen_random_uuid();
    v_seq           bigint;
    v_hash          bytea;
    v_recorded_at   timestamptz;
    v_project_id    uuid;
    v_shape         jsonb;
    v_due           boolean;
    v_tools         text[];
    v_version       integer;
    v_scope         uuid;
    v_met           boolean;
    v_text_rule     smallint;
    v_model         text;
    v_tool          text;
    v_input_tokens  bigint;
    v_output_tokens bigint;
    v_cost          numeric;
begin
    -- The contract in force: whether the payload meets it, and what it fills of the columns that the client left out.
    select c.version, c.scope, c.text_rule_number, c.met, coalesce(p_model, p_payload ->> c.model_member),
           coalesce(p_tool, p_payload ->> c.tool_member),
           case when c.met then coalesce(p_input_tokens, hypermind_private.token_count(p_payload, c.input_tokens_member)) end,
           case when c.met then coalesce(p_output_tokens, hypermind_private.token_count(p_payload, c.output_tokens_member)) end,
           case when c.met then coalesce(p_cost, hypermind_private.money(p_payload, c.cost_member)) end
    into v_version, v_scope, v_text_rule, v_met, v_model, v_tool, v_input_tokens, v_output_tokens, v_cost
    from (
        select n.version, n.scope, n.text_rule_number, n.model_member, n.tool_member, n.input_tokens_member, n.output_tokens_member,
               n.cost_member, hypermind_private.quickly_accepts(n.accepts, n.closed, p_payload) as met
        from hypermind.contracts as n
        where n.subject = p_event_type
          and n.scope = case when starts_with(p_event_type, 'custom.') then hypermind_private.project_of_head(p_run_id)
                             else '00000000-0000-0000-0000-000000000000' end
        order by n.version desc
        limit 1
    ) as c;

    if not found then
        v_model         := p_model;
        v_tool          := p_tool;
        v_input_tokens  := p_input_tokens;
        v_output_tokens := p_output_tokens;
        v_cost          := p_cost;
    elsif not v_met then
        -- Not known at a glance: the evaluator decides.
        select coalesce(p_input_tokens, hypermind_private.token_count(p_payload, c.input_tokens_member)),
               coalesce(p_output_tokens, hypermind_private.token_count(p_payload, c.output_tokens_member)),
               coalesce(p_cost, hypermind_private.money(p_payload, c.cost_member))
        into v_input_tokens, v_output_tokens, v_cost
        from hypermind.contracts as c
        where c.subject = p_event_type and c.scope = v_scope and c.version = v_version
          and not exists (select from hypermind_private.program_violations(c.program, p_payload, 1));
        v_met := found;
    end if;

    -- Takes the run's lock, checks everything that the head knows, and links the event to the chain.
    update hypermind.run_heads as h
    set last_seq              = h.last_seq + 1,
        last_recorded_at      = greatest(h.last_recorded_at, v_now),
        last_hash             = sha256(h.last_hash || hypermind_private.canonical_event(
                                    h.run_id, h.last_seq + 1, h.project_id, p_event_id, p_event_type, v_version, p_parent_seq,
                                    hypermind_private.salted_hash(v_salt, p_payload),
                                    hypermind_private.salted_hash(v_salt, p_state_delta), v_model, v_tool, p_tags, v_input_tokens,
                                    v_output_tokens, v_cost, v_text_rule, p_subject_hash, coalesce(p_occurred_at, v_now),
                                    greatest(h.last_recorded_at, v_now))),
        state_shape           = case when p_state_delta is null then h.state_shape
                                     else hypermind_private.shape_after(h.state_shape, p_state_delta) end,
        deltas_since_snapshot = h.deltas_since_snapshot + (p_state_delta is not null)::integer,
        delta_bytes           = h.delta_bytes + coalesce(pg_column_size(p_state_delta #> '{}'), 0)
    where h.run_id = p_run_id
      and (p_checked or hypermind_private.acts_for(h.project_role))
      and (p_expected_seq is null or p_expected_seq = h.last_seq)
      and (p_epoch is null or p_epoch = h.epoch)
      and (p_parent_seq is null or p_parent_seq between 1 and h.last_seq)
      and case when v_version is null then hypermind_private.takes_event_type(h.project_id, p_event_type) else v_met end
    returning h.last_seq, h.last_hash, h.last_recorded_at, h.project_id, h.state_shape, h.tools,
              hypermind_private.snapshot_is_due(h.deltas_since_snapshot, h.delta_bytes, h.snapshot_bytes)
    into v_seq, v_hash, v_recorded_at, v_project_id, v_shape, v_tools, v_due;

    if not found then
        -- A retry of an append that succeeded must succeed again, whatever has changed since.
        if p_event_id is not null then
            v_seq := hypermind_private.appended_before(
                p_run_id, p_event_id, p_event_type, p_payload, p_state_delta, p_parent_seq, p_model, p_tool, p_tags,
                p_input_tokens, p_output_tokens, p_cost, p_occurred_at);
        end if;
        if v_seq is null then
            perform hypermind_private.refuse_append(p_run_id, p_expected_seq, p_epoch, p_parent_seq, p_event_type, p_payload);
        end if;
        return v_seq;
    end if;

    -- The shape could not tell whether the patch applies: apply it.
    if p_state_delta is not null and v_shape is null then
        perform hypermind_private.settle_shape(p_run_id, v_seq - 1, array[p_state_delta]);
    end if;

    insert into hypermind.run_events (
        run_id, seq, project_id, event_id, event_type, contract_version, parent_seq, payload, state_delta, salt, model, tool, tags,
        input_tokens, output_tokens, cost, text_rule, subject_hash, occurred_at, recorded_at, event_hash
    )
    values (
        p_run_id, v_seq, v_project_id, p_event_id, p_event_type, v_version, p_parent_seq, p_payload, p_state_delta, v_salt, v_model,
        v_tool, p_tags, v_input_tokens, v_output_tokens, v_cost, v_text_rule, p_subject_hash, coalesce(p_occurred_at, v_now), v_recorded_at, v_hash
    );

    if v_tool is not null and v_tool <> all (v_tools) then
        perform hypermind_private.note_tools(p_run_id, v_project_id, array[v_tool]);
    end if;
    if p_state_delta is not null and v_due then
        perform hypermind_private.take_due_snapshot(p_run_id, v_seq, v_project_id);
    end if;

    return v_seq;
end
$function$;

comment on function hypermind_private.append_once(
    uuid, text, jsonb, jsonb, bigint, bigint, uuid, bigint, text, text, text[], bigint, bigint, numeric, timestamptz, bytea,
    timestamptz, boolean
) is
$comment$The write path: a look at the contract, one UPDATE of the head, one INSERT of the event. Returns its seq.

The caller has checked the arguments. An event_id that is used already fails the INSERT: the caller enters a subtransaction for it.
p_subject_hash: of the rows that a lifecycle event vouches for. p_now: the time to record, by default now.
p_checked: whether the caller has locked the head and decided that it may be written, whoever asked for it.

Raises MH001 (run not found), MH002 (run closed), MH003 (expected_seq conflict), MH005 (event_id reused), MH006 (contract
violation), MH008 (bad state delta), MH009 (stale epoch), MH012 (seq out of range), MH017 (value too large), MH020 (unknown event
type).$comment$;

commit;

-- Deploy hypermind:functions/append_once to pg
-- requires: functions/canonical_event
-- requires: functions/refuse_append
-- requires: functions/appended_before
-- requires: functions/settle_head
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
-- requires: functions/check_event_type
-- requires: functions/event_type_is_formed
-- requires: functions/salted_hash

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
    v_now                  constant timestamptz := coalesce(p_now, hypermind_private.clock());
    v_salt                 constant uuid        := gen_random_uuid();
    v_seq                  bigint;
    v_hash                 bytea;
    v_recorded_at          timestamptz;
    v_project_id           uuid;
    v_shape                jsonb;
    v_tools                text[];
    v_deltas               integer := 0;
    v_delta_bytes          bigint  := 0;
    v_snapshot_bytes       bigint;
    v_delta_hash           bytea;
    v_version              integer;
    v_scope                uuid;
    v_accepts              jsonpath;
    v_closed               text[];
    v_model_member         text;
    v_tool_member          text;
    v_input_tokens_member  text;
    v_output_tokens_member text;
    v_cost_member          text;
    v_met                  boolean;
    v_text_rule            smallint;
    v_model                text    := p_model;
    v_tool                 text    := p_tool;
    v_input_tokens         bigint  := p_input_tokens;
    v_output_tokens        bigint  := p_output_tokens;
    v_cost                 numeric := p_cost;
begin
    -- Plain columns, and conditions around what is seldom needed: PostgreSQL sets up every expression of a statement anew at each
    -- call, whether it is evaluated or not (docs/decisions/0010-append.md).

    -- The contract in force: whether the payload meets it, and what it fills of the columns that the client left out.
    select n.version, n.scope, n.text_rule_number, n.accepts, n.closed, n.model_member, n.tool_member, n.input_tokens_member,
           n.output_tokens_member, n.cost_member
    into v_version, v_scope, v_text_rule, v_accepts, v_closed, v_model_member, v_tool_member, v_input_tokens_member,
         v_output_tokens_member, v_cost_member
    from hypermind.contracts as n
    where n.subject = p_event_type
      and n.scope = case when starts_with(p_event_type, 'custom.') then hypermind_private.project_of_head(p_run_id)
                         else '00000000-0000-0000-0000-000000000000' end
    order by n.version desc
    limit 1;
    if found then
        v_met := hypermind_private.quickly_accepts(v_accepts, v_closed, p_payload);
        if not v_met then
            -- Not known at a glance: the evaluator decides.
            v_met := not exists (
                select from hypermind.contracts as c, hypermind_private.program_violations(c.program, p_payload, 1)
                where c.subject = p_event_type and c.scope = v_scope and c.version = v_version);
        end if;
        if v_met then
            if p_model is null and v_model_member is not null then
                v_model := p_payload ->> v_model_member;
            end if;
            if p_tool is null and v_tool_member is not null then
                v_tool := p_payload ->> v_tool_member;
            end if;
            if p_input_tokens is null and v_input_tokens_member is not null then
                v_input_tokens := hypermind_private.token_count(p_payload, v_input_tokens_member);
            end if;
            if p_output_tokens is null and v_output_tokens_member is not null then
                v_output_tokens := hypermind_private.token_count(p_payload, v_output_tokens_member);
            end if;
            if p_cost is null and v_cost_member is not null then
                v_cost := hypermind_private.money(p_payload, v_cost_member);
            end if;
        end if;
    elsif hypermind_private.event_type_is_formed(p_event_type) is not true then
        perform hypermind_private.check_event_type(p_event_type);
    end if;
    if p_state_delta is not null then
        v_deltas      := 1;
        v_delta_bytes := pg_column_size(p_state_delta #> '{}');
        v_delta_hash  := hypermind_private.salted_hash(v_salt, p_state_delta);
    end if;

    -- Takes the run's lock, checks everything that the head knows, and links the event to the chain.
    update hypermind.run_heads as h
    set last_seq              = h.last_seq + 1,
        last_recorded_at      = greatest(h.last_recorded_at, v_now),
        last_hash             = sha256(h.last_hash || hypermind_private.canonical_event(
                                    h.run_id, h.last_seq + 1, h.project_id, p_event_id, p_event_type, v_version, p_parent_seq,
                                    hypermind_private.salted_hash(v_salt, p_payload), v_delta_hash, v_model, v_tool, p_tags,
                                    v_input_tokens, v_output_tokens, v_cost, v_text_rule, p_subject_hash,
                                    coalesce(p_occurred_at, v_now), greatest(h.last_recorded_at, v_now))),
        state_shape           = case when p_state_delta is null then h.state_shape
                                     else hypermind_private.shape_after(h.state_shape, p_state_delta) end,
        deltas_since_snapshot = h.deltas_since_snapshot + v_deltas,
        delta_bytes           = h.delta_bytes + v_delta_bytes
    where h.run_id = p_run_id
      and (p_checked or hypermind_private.acts_for(h.project_role))
      and (p_expected_seq is null or p_expected_seq = h.last_seq)
      and (p_epoch is null or p_epoch = h.epoch)
      and (p_parent_seq is null or p_parent_seq between 1 and h.last_seq)
      and case when v_version is null then hypermind_private.takes_event_type(h.project_id, p_event_type) else v_met end
    returning h.last_seq, h.last_hash, h.last_recorded_at, h.project_id, h.state_shape, h.tools, h.deltas_since_snapshot,
              h.delta_bytes, h.snapshot_bytes
    into v_seq, v_hash, v_recorded_at, v_project_id, v_shape, v_tools, v_deltas, v_delta_bytes, v_snapshot_bytes;
    if not found then
        -- A retry of an append that succeeded must succeed again, whatever has changed since.
        if p_event_id is not null then
            perform hypermind_private.settle_head(p_run_id);
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
        v_tool, p_tags, v_input_tokens, v_output_tokens, v_cost, v_text_rule, p_subject_hash,
        coalesce(p_occurred_at, v_now), v_recorded_at, v_hash
    );

    if v_tool is not null and v_tool <> all (v_tools) then
        perform hypermind_private.note_tools(p_run_id, v_project_id, array[v_tool]);
    end if;
    if p_state_delta is not null
       and hypermind_private.snapshot_is_due(v_deltas, v_delta_bytes, v_snapshot_bytes) then
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

The caller has checked the arguments, but for the form of an event type without a contract. An event_id that is used already fails
the INSERT: the caller enters a subtransaction for it.
p_subject_hash: of the rows that a lifecycle event vouches for. p_now: the time to record, by default now.
p_checked: whether the caller has locked the head and decided that it may be written, whoever asked for it.

Raises MH001 (run not found), MH002 (run closed), MH003 (expected_seq conflict), MH005 (event_id reused), MH006 (contract
violation), MH008 (bad state delta), MH009 (stale epoch), MH012 (seq out of range), MH016 (no event type), MH017 (value too large),
MH020 (unknown event type).$comment$;

commit;

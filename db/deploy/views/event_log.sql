-- Deploy hypermind:views/event_log to pg
-- requires: tables/run_events
-- requires: policies/run_events
-- requires: functions/event_preview

begin;

set local role hypermind_owner;

create view hypermind.event_log
with (security_invoker = true)
as
select e.run_id,
       e.seq,
       e.recorded_at,
       e.event_type,
       e.parent_seq,
       -- Control characters of a tool's output have no business on a terminal.
       regexp_replace(concat_ws(
           '  ',
           to_char(e.occurred_at at time zone 'UTC', 'HH24:MI:SS.MS'),
           format('%-20s', e.event_type),
           e.model,
           e.tool,
           case when e.input_tokens is not null or e.output_tokens is not null
                then format('%s -> %s tokens', coalesce(e.input_tokens, 0), coalesce(e.output_tokens, 0)) end,
           hypermind.event_preview(e.payload),
           case when e.state_delta is not null then '[state]' end
       ), '[[:cntrl:]]+', ' ', 'g') as line
from hypermind.run_events as e;

comment on view hypermind.event_log is
    'One readable line an event: select line from hypermind.event_log where run_id = ... order by seq.';
comment on column hypermind.event_log.line is
    'Time (UTC), type, model, tool, tokens, what event_preview() says, and whether the state changed.';

grant select on hypermind.event_log to hypermind_reader;

commit;

-- Deploy hypermind:tables/contracts to pg
-- requires: tables/projects
-- requires: functions/text_rule_number

begin;

set local role hypermind_owner;

create table hypermind.contracts (
    subject              text        not null,
    scope                uuid        not null generated always as (coalesce(project_id, '00000000-0000-0000-0000-000000000000')) stored,
    version              integer     not null,
    project_id           uuid,
    schema               jsonb       not null,
    columns              jsonb       not null,
    text_rule            text,
    breaking             boolean     not null,
    summary              text,
    author               text        not null,
    created_at           timestamptz not null,
    program              jsonb       not null,
    accepts              jsonpath    not null,
    closed               text[],
    model_member         text        generated always as (columns ->> 'model') stored,
    tool_member          text        generated always as (columns ->> 'tool') stored,
    input_tokens_member  text        generated always as (columns ->> 'input_tokens') stored,
    output_tokens_member text        generated always as (columns ->> 'output_tokens') stored,
    cost_member          text        generated always as (columns ->> 'cost') stored,
    text_rule_number     smallint    generated always as (hypermind_private.text_rule_number(text_rule)) stored,
    constraint contracts_pkey primary key (subject, scope, version),
    constraint contracts_belong_to_a_project foreign key (project_id) references hypermind.projects,
    constraint contracts_count_from_one check (version >= 1),
    constraint contracts_of_own_types_state_and_configs_belong_to_a_project check (
        (project_id is not null) = (subject like 'custom.%' or subject not like '%.%')),
    constraint contracts_fill_columns_of_events check (columns = '{}' or subject like '%.%'),
    constraint contracts_pick_text_of_events check (text_rule is null or subject like '%.%'),
    constraint contracts_text_rule_is_known check (text_rule in ('messages', 'tool', 'all'))
);

-- What an append reads stays in the row; what only people and refusals read is moved out of it.
alter table hypermind.contracts
    alter column accepts set storage main,
    alter column schema set storage external,
    alter column program set storage external;

comment on table hypermind.contracts is
    'The immutable, numbered contracts of what is recorded: JSON Schemas, and what they are compiled to. The latest version is in force.';
comment on column hypermind.contracts.subject is
    'What it is about: an event type, such as model.responded; state; or a kind of configuration: prompt, tool, agent, evaluator.';
comment on column hypermind.contracts.scope is 'project_id, or zeros for the whole ledger, so that it can be part of the key.';
comment on column hypermind.contracts.version is '1, 2, 3 ... without gaps.';
comment on column hypermind.contracts.project_id is 'The project it holds in; NULL for the whole ledger.';
comment on column hypermind.contracts.schema is 'The JSON Schema (draft 2020-12), as it was registered.';
comment on column hypermind.contracts.columns is
    'Which top-level members of the payload fill which columns of the event, such as {"model": "gen_ai.request.model"}.';
comment on column hypermind.contracts.text_rule is 'Which text of the payload is searchable: messages, tool or all (see event_text()); NULL: none.';
comment on column hypermind.contracts.text_rule_number is 'The number of text_rule, as it stands in run_events.text_rule.';
comment on column hypermind.contracts.breaking is 'Whether its author said that it may refuse what the version before accepted.';
comment on column hypermind.contracts.summary is 'What changed, in the words of its author.';
comment on column hypermind.contracts.author is 'The role that registered it.';
comment on column hypermind.contracts.created_at is 'When it was registered.';
comment on column hypermind.contracts.program is 'The schema as program_violations() walks it.';
comment on column hypermind.contracts.accepts is 'A predicate that is true only for values that meet the schema, but for closed.';
comment on column hypermind.contracts.closed is 'The only members that a value may have; NULL: any, or as accepts says.';
comment on column hypermind.contracts.model_member is 'The member that fills run_events.model.';
comment on column hypermind.contracts.tool_member is 'The member that fills run_events.tool.';
comment on column hypermind.contracts.input_tokens_member is 'The member that fills run_events.input_tokens.';
comment on column hypermind.contracts.output_tokens_member is 'The member that fills run_events.output_tokens.';
comment on column hypermind.contracts.cost_member is 'The member that fills run_events.cost.';

alter table hypermind.contracts enable row level security;
grant select on hypermind.contracts to hypermind_reader;

commit;

-- Deploy hypermind:tables/run_tools to pg
-- requires: tables/run_summaries

begin;

set local role hypermind_owner;

-- Not partitioned, as run_summaries, which it belongs to. A run's first use of a tool adds a row.
create table hypermind.run_tools (
    run_id     uuid not null,
    tool       text not null,
    project_id uuid not null,
    constraint run_tools_pkey primary key (run_id, tool),
    constraint run_tools_belong_to_a_run foreign key (run_id) references hypermind.run_summaries
);

comment on table hypermind.run_tools is 'Which tools the events of a run name: to find runs by.';
comment on column hypermind.run_tools.run_id is 'The run.';
comment on column hypermind.run_tools.tool is 'The tool, as in run_events.';
comment on column hypermind.run_tools.project_id is 'The project of the run, as in runs.';

alter table hypermind.run_tools enable row level security;
grant select on hypermind.run_tools to hypermind_reader;

commit;

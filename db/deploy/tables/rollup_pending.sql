-- Deploy hypermind:tables/rollup_pending to pg
-- requires: schemas/hypermind

begin;

set local role hypermind_owner;

create table hypermind.rollup_pending (
    run_id     uuid not null,
    project_id uuid not null,
    constraint rollup_pending_pkey primary key (run_id)
);

comment on table hypermind.rollup_pending is
    'The ended runs that are not in rollups yet. A run comes in when it ends, and refresh_rollups() takes it out.';
comment on column hypermind.rollup_pending.run_id is 'The run.';
comment on column hypermind.rollup_pending.project_id is 'The project of the run, as in runs.';

alter table hypermind.rollup_pending enable row level security;
grant select on hypermind.rollup_pending to hypermind_reader;

commit;

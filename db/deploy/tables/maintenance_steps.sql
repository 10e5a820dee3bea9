-- Deploy hypermind:tables/maintenance_steps to pg
-- requires: schemas/hypermind

begin;

set local role hypermind_owner;

create table hypermind.maintenance_steps (
    step      text        not null,
    tried_at  timestamptz not null,
    ran_at    timestamptz,
    done      bigint      not null,
    failed    bigint      not null,
    remaining bigint,
    note      text,
    ran_by    text        not null,
    constraint maintenance_steps_pkey primary key (step)
);

comment on table hypermind.maintenance_steps is
    'What maintain() did last: a row a step, written over each time, so that it never grows. health() reads it.';
comment on column hypermind.maintenance_steps.step is 'The step, as maintain() names it.';
comment on column hypermind.maintenance_steps.tried_at is 'When maintain() last came to it.';
comment on column hypermind.maintenance_steps.ran_at is 'When it last ran to its end; NULL while it never has.';
comment on column hypermind.maintenance_steps.done is 'How many it did the last time.';
comment on column hypermind.maintenance_steps.failed is 'How many of them could not be done; 1 when the step itself failed.';
comment on column hypermind.maintenance_steps.remaining is 'How many were left; NULL when nobody counted.';
comment on column hypermind.maintenance_steps.note is 'What there is to say, such as the first error.';
comment on column hypermind.maintenance_steps.ran_by is 'The role that called maintain().';

alter table hypermind.maintenance_steps enable row level security;
grant select on hypermind.maintenance_steps to hypermind_reader;

commit;

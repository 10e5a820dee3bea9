-- Deploy hypermind:tables/erasures to pg
-- requires: tables/projects

begin;

set local role hypermind_owner;

create table hypermind.erasures (
    run_id     uuid        not null,
    erasure_id uuid        not null,
    project_id uuid        not null,
    seq        bigint,
    reason     text        not null,
    erased_by  text        not null,
    erased_at  timestamptz not null,
    constraint erasures_pkey primary key (run_id, erasure_id),
    constraint erasures_belong_to_a_project foreign key (project_id) references hypermind.projects,
    constraint erasures_name_an_event check (seq >= 1),
    constraint erasures_reason_is_given check (length(reason) between 1 and 2000)
);

comment on table hypermind.erasures is
    'Every erasure: of which run or event, why, by whom. It outlives the run''s rows, and covers copies of it in archives.';
comment on column hypermind.erasures.run_id is 'The run. It may be archived: there is no foreign key.';
comment on column hypermind.erasures.erasure_id is 'Identity of the erasure in the run.';
comment on column hypermind.erasures.project_id is 'The project of the run, as in runs.';
comment on column hypermind.erasures.seq is 'The event whose content was erased; NULL: the whole run.';
comment on column hypermind.erasures.reason is 'Why, in words.';
comment on column hypermind.erasures.erased_by is 'The role that erased it.';
comment on column hypermind.erasures.erased_at is 'When it was erased.';

alter table hypermind.erasures enable row level security;
grant select on hypermind.erasures to hypermind_reader;

commit;

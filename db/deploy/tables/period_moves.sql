-- Deploy hypermind:tables/period_moves to pg
-- requires: tables/archives

begin;

set local role hypermind_owner;

create table hypermind.period_moves (
    period     date        not null,
    move       integer     not null,
    action     text        not null,
    archive_id uuid        not null,
    runs       bigint      not null,
    moved_by   text        not null,
    moved_at   timestamptz not null,
    constraint period_moves_pkey primary key (period, move),
    constraint period_moves_name_an_archive foreign key (archive_id) references hypermind.archives,
    constraint period_moves_action_is_known check (action in ('detached', 'attached', 'dropped')),
    constraint period_moves_count_from_one check (move >= 1)
);

comment on table hypermind.period_moves is
    'How months left the run tables and came back: the last move of a month says where it is; without one it is here.';
comment on column hypermind.period_moves.period is 'The first day of the month, UTC.';
comment on column hypermind.period_moves.move is '1, 2, 3 ... without gaps.';
comment on column hypermind.period_moves.action is
    'detached: its rows left the run tables, their tables are still here. attached: they are back. dropped: only the archive has them.';
comment on column hypermind.period_moves.archive_id is 'The archive that has its rows.';
comment on column hypermind.period_moves.runs is 'How many runs moved.';
comment on column hypermind.period_moves.moved_by is 'The role that moved them.';
comment on column hypermind.period_moves.moved_at is 'When they moved.';

alter table hypermind.period_moves enable row level security;
grant select on hypermind.period_moves to hypermind_reader;

commit;

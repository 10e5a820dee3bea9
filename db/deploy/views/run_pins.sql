-- Deploy hypermind:views/run_pins to pg
-- requires: tables/run_config_refs
-- requires: policies/run_config_refs

begin;

set local role hypermind_owner;

create view hypermind.run_pins
with (security_invoker = true)
as
select r.run_id,
       r.slot,
       r.kind,
       r.name,
       r.version,
       r.label,
       encode(r.content_sha256, 'hex') as content_sha256
from hypermind.run_config_refs as r;

comment on view hypermind.run_pins is 'What each run was made with: exact versions, and the label they were asked for by.';
comment on column hypermind.run_pins.content_sha256 is 'SHA-256 of the pinned content, in hex.';

grant select on hypermind.run_pins to hypermind_reader;

commit;

-- Verify hypermind:triggers/run_heads_are_legal on pg

begin;

set local role hypermind_owner;

do $block$
begin
    assert exists (
        select from pg_catalog.pg_trigger as t
        where t.tgrelid = 'hypermind.run_heads'::regclass and t.tgname = 'run_heads_are_legal' and t.tgenabled = 'A'
    ), 'trigger run_heads_are_legal is missing, or not enabled always';
end
$block$;

rollback;

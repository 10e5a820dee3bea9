-- Deploy hypermind:functions/note_tools to pg
-- requires: tables/run_tools
-- requires: tables/run_heads

begin;

set local role hypermind_owner;

create or replace function hypermind_private.note_tools(p_run_id uuid, p_project_id uuid, p_tools text[])
    returns void
    language plpgsql
    volatile
as $function$
begin
    insert into hypermind.run_tools (run_id, tool, project_id)
    select p_run_id, t.tool, p_project_id
    from unnest(p_tools) as t (tool)
    on conflict do nothing;

    -- The head is written with every append: it remembers a few short names only.
    update hypermind.run_heads as h
    set tools = (h.tools || array(select t.tool from unnest(p_tools) as t (tool) where length(t.tool) <= 50))[:20]
    where h.run_id = p_run_id and cardinality(h.tools) < 20;
end
$function$;

comment on function hypermind_private.note_tools(uuid, uuid, text[]) is
$comment$Writes down that events of a run name these tools, some of them for the first time. The caller has locked the head.$comment$;

commit;

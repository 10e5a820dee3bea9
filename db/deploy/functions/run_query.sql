-- Deploy hypermind:functions/run_query to pg
-- requires: functions/tag_word
-- requires: functions/config_word

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_query(
    p_projects      uuid[],
    p_status        text,
    p_mode          text,
    p_agent         text,
    p_model         text,
    p_owner         text,
    p_tags          text[],
    p_tool          text,
    p_configs       uuid[],
    p_version       integer,
    p_parent_run_id uuid
)
    returns text
    language plpgsql
    stable
as $function$
declare
    -- Of several projects, each one's newest by its index, then the newest of these. Not with words: they say the project, and no
    -- index has their runs in order.
    v_each    constant boolean := cardinality(p_projects) > 1 and p_tags is null and p_configs is null;
    v_project constant text    := case when v_each then 'p.project_id' when cardinality(p_projects) > 1 then 'any ($1)' else '$2' end;
    v_page    constant text    := concat(
        'select r.* from hypermind.run_summaries as r',
        case when p_tool is not null then
            ' join hypermind.run_tools as t on t.run_id = r.run_id and t.project_id = r.project_id and t.tool = $11' end,
        format(' where r.project_id = %s and r.run_id >= $3 and r.run_id < $4', v_project),
        case when p_status is not null then ' and r.status = $6' end,
        case when p_mode is not null then ' and r.mode = $7' end,
        case when p_agent is not null then ' and r.agent = $8' end,
        case when p_model is not null then ' and r.model = $9' end,
        case when p_owner is not null then ' and r.owner = $10' end,
        case when p_parent_run_id is not null then ' and r.parent_run_id = $12' end,
        (select string_agg(
                    format(' and r.words && %L::bytea[]', array(
                        select hypermind_private.tag_word(p.project_id, t.tag) from unnest(p_projects) as p (project_id))), '')
         from unnest(p_tags) as t (tag)),
        case when p_configs is not null then
            format(' and r.words && %L::bytea[]', array(
                select hypermind_private.config_word(c.config_id, p_version) from unnest(p_configs) as c (config_id))) end,
        ' order by r.run_id desc limit $5');
begin
    return format(
        'select s.run_id, s.project_id, p.workspace, p.name, s.mode, s.agent, s.model, s.owner, s.tags, s.title, s.status, '
        'coalesce(h.last_seq, s.events), s.created_at, s.ended_at, coalesce(s.ended_at, h.last_recorded_at) - s.created_at, '
        'coalesce(h.last_seq, s.events), s.input_tokens, s.output_tokens, s.cost, s.parent_run_id, s.forked_at_seq, s.archive_id, '
        '(select a.location from hypermind.archives as a where a.archive_id = s.archive_id) '
        'from (%s) as s '
        'join hypermind.projects as p on p.project_id = s.project_id '
        'left join hypermind.run_heads as h on h.run_id = s.run_id '
        'order by s.run_id desc',
        case when v_each then
            format('select m.* from unnest($1) as p (project_id) cross join lateral (%s) as m order by m.run_id desc limit $5', v_page)
            else v_page end);
end
$function$;

comment on function hypermind_private.run_query(
    uuid[], text, text, text, text, text, text[], text, uuid[], integer, uuid
) is
$comment$The statement that find_runs() asks. Only what is asked for is in it, with the words as they are: the planner knows how
many runs have them.

$1 projects, $2 the only project, $3 and $4 the range of ids, $5 how many, $6 status, $7 mode, $8 agent, $9 model, $10 owner,
$11 tool, $12 parent.$comment$;

commit;

-- Deploy hypermind:functions/figures_archived to pg
-- requires: tables/archives
-- requires: functions/erasures_of

begin;

set local role hypermind_owner;

create or replace function hypermind_private.figures_archived(p_archive hypermind.archives)
    returns jsonb
    language sql
    stable
as $function$
    select jsonb_build_object(
        'runs', p_archive.runs, 'events', p_archive.events, 'tables', p_archive.manifest -> 'tables',
        'erasures', hypermind_private.erasures_of(p_archive.period), 'merkle_root', encode(p_archive.merkle_root, 'hex'))
$function$;

comment on function hypermind_private.figures_archived(hypermind.archives) is
$comment$What archive_figures() says of a month that is retired: what its archive holds, with the erasures of now.$comment$;

commit;

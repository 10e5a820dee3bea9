-- Deploy hypermind:functions/hold_word to pg
-- requires: tables/holds
-- requires: functions/label_word
-- requires: functions/config_word

begin;

set local role hypermind_owner;

create or replace function hypermind_private.hold_word(p_hold hypermind.holds)
    returns bytea
    language sql
    immutable
    parallel safe
as $function$
    select coalesce(hypermind_private.label_word(p_hold.config_id, p_hold.label),
                    hypermind_private.config_word(p_hold.config_id, p_hold.version))
$function$;

comment on function hypermind_private.hold_word(hypermind.holds) is
$comment$Of a hold on a config: the word that run_summaries has of the runs that it covers.$comment$;

commit;

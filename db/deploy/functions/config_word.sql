-- Deploy hypermind:functions/config_word to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.config_word(p_config_id uuid, p_version integer)
    returns bytea
    language sql
    immutable
    parallel safe
as $function$
    select substring(sha256(uuid_send(p_config_id) || coalesce(int4send(p_version), '')) for 12)
$function$;

comment on function hypermind_private.config_word(uuid, integer) is
$comment$A config that a run pinned, as run_summaries.words has it: in this version, or, without one, in any.$comment$;

commit;

-- Deploy hypermind:functions/label_word to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.label_word(p_config_id uuid, p_label text)
    returns bytea
    language sql
    immutable
    parallel safe
as $function$
    select substring(sha256(uuid_send(p_config_id) || convert_to('label:' || p_label, 'UTF8')) for 12)
$function$;

comment on function hypermind_private.label_word(uuid, text) is
$comment$A config that a run pinned by a label, as run_summaries.words has it.$comment$;

commit;

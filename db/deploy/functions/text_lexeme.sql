-- Deploy hypermind:functions/text_lexeme to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.text_lexeme(p_word text)
    returns text
    language sql
    immutable
    parallel safe
as $function$
    select '''' || replace(replace(p_word, chr(92), repeat(chr(92), 2)), '''', '''''') || ''''
$function$;

comment on function hypermind_private.text_lexeme(text) is
$comment$A word as the text form of a tsquery has it, whatever characters it has. quote_literal() would write E'...' for a
backslash.$comment$;

commit;

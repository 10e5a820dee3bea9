-- Deploy hypermind:functions/text_config to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

-- The one place to change, before deploying: indexes are made of what it leads to.
create or replace function hypermind_private.text_config()
    returns regconfig
    language sql
    immutable
    parallel safe
as $function$
    select 'pg_catalog.simple'::regconfig
$function$;

comment on function hypermind_private.text_config() is
$comment$The text search configuration that events are indexed and searched with: simple, which takes every word as it is
written, in lower case, and knows no stop words. Right for several languages, names and code.

Another one, such as english, can be chosen before deploying. Afterwards every text index would have to be made anew.$comment$;

commit;

-- The full-text search of messages.
--
-- Channels hold text in any language, often several, and no message says which. So nothing is stemmed and no word is
-- left out, as the configurations made for one language do ("die" is an article in German and a verb in English): the
-- configuration is 'simple', and what all languages need is done before it, here and not in an extension, for neither
-- unaccent nor a dictionary is to be had wherever this runs.

-- The words of a text, with a space between them: without case and accents, compatible forms (full width, ligatures)
-- as their plain ones. By Unicode's own rules and not by the database's locale, so that it finds the same wherever it
-- runs; the collation is a part of PostgreSQL since version 17. Whatever is no letter and no digit parts words, so that the words in an address, a path or a
-- hyphenated word are found one by one. Scripts that are written without spaces are parted into their characters, which
-- makes a phrase of characters find any part of such a text.
create function message_words(body text) returns text
language sql immutable strict parallel safe
return regexp_replace(
  regexp_replace(
    translate(lower((normalize(
      regexp_replace(normalize(body, nfkd), '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u064b-\u065f\u0670]', '', 'g'),
    nfkc)) collate pg_c_utf8), 'ς', 'σ'),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u02b0-\u02ff\u055a-\u055f\u0589\u05be\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u2000-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3030\ufe00-\ufe6f\ufff9-\ufffd\U0001f000-\U0001fbff\U000e0000-\U000e0fff]+',
    ' ', 'g'),
  '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3031-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]',
  ' \& ', 'g');

-- Kept by the database itself: a version of the service that knows nothing of it posts and edits as before. Adding it
-- rewrites the table, and nobody reads or posts meanwhile: some seconds for each million messages.
alter table messages add column search tsvector generated always as (to_tsvector('simple', message_words(body))) stored;
create index messages_search on messages using gin (search);

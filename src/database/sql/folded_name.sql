-- What two names are compared by, as comparable() in src/web/text.ts has it: without what shows nothing (Unicode's
-- Default_Ignorable_Code_Point), without compatibility forms and case (also that of ß and of a last sigma), any blanks as
-- one. A test compares the two.
CREATE OR REPLACE FUNCTION folded_name(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT normalize(btrim(regexp_replace(
    replace(replace(lower(normalize(regexp_replace(name,
      '[\u00AD\u034F\u061C\u115F-\u1160\u17B4-\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFF8\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]+',
      '', 'g'), NFKC)), 'ß', 'ss'), 'ς', 'σ'),
    '[ \t\n\v\f\r\u1680\u2028\u2029\u2800\U00013441\U00013442\U0001D159]+', ' ', 'g'), ' '), NFC)
$$;

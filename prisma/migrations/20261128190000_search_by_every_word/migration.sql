-- A customer is found by everything that staff know of them, each word by itself. What is kept to be searched is folded, and what is
-- typed is folded in the same way: searchFolded() in src/web/text.ts, with which a test compares this function. Without what shows
-- nothing (as folded_name()), without accents (NFKD and no marks), case, apostrophes, or kinds of dashes and blanks; letters that do not
-- decompose as the alphabet's nearest. Chinese and Japanese set no blanks, so there each character is a word.
CREATE FUNCTION search_folded(typed text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  folded text := typed;
BEGIN
  -- Most texts are in ASCII, and need little of this.
  IF octet_length(folded) > length(folded) THEN
    folded := normalize(translate(regexp_replace(folded,
      '[\u00AD\u034F\u061C\u115F-\u1160\u17B4-\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFF8\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]+',
      '', 'g'), '´', ''), NFKD);
    -- Unicode's general category M.
    folded := lower(regexp_replace(folded, '['
    '\u0300-\u036F\u0483-\u0489\u0591-\u05BD\u05BF\u05C1-\u05C2\u05C4-\u05C5\u05C7\u0610-\u061A\u064B-\u065F\u0670'
    '\u06D6-\u06DC\u06DF-\u06E4\u06E7-\u06E8\u06EA-\u06ED\u0711\u0730-\u074A\u07A6-\u07B0\u07EB-\u07F3\u07FD\u0816-\u0819'
    '\u081B-\u0823\u0825-\u0827\u0829-\u082D\u0859-\u085B\u0897-\u089F\u08CA-\u08E1\u08E3-\u0903\u093A-\u093C\u093E-\u094F'
    '\u0951-\u0957\u0962-\u0963\u0981-\u0983\u09BC\u09BE-\u09CD\u09D7\u09E2-\u09E3\u09FE-\u0A03\u0A3C-\u0A51\u0A70-\u0A71'
    '\u0A75\u0A81-\u0A83\u0ABC\u0ABE-\u0ACD\u0AE2-\u0AE3\u0AFA-\u0B03\u0B3C\u0B3E-\u0B57\u0B62-\u0B63\u0B82\u0BBE-\u0BCD'
    '\u0BD7\u0C00-\u0C04\u0C3C\u0C3E-\u0C56\u0C62-\u0C63\u0C81-\u0C83\u0CBC\u0CBE-\u0CD6\u0CE2-\u0CE3\u0CF3-\u0D03'
    '\u0D3B-\u0D3C\u0D3E-\u0D4D\u0D57\u0D62-\u0D63\u0D81-\u0D83\u0DCA-\u0DDF\u0DF2-\u0DF3\u0E31\u0E34-\u0E3A\u0E47-\u0E4E'
    '\u0EB1\u0EB4-\u0EBC\u0EC8-\u0ECE\u0F18-\u0F19\u0F35\u0F37\u0F39\u0F3E-\u0F3F\u0F71-\u0F84\u0F86-\u0F87\u0F8D-\u0FBC'
    '\u0FC6\u102B-\u103E\u1056-\u1059\u105E-\u1060\u1062-\u1064\u1067-\u106D\u1071-\u1074\u1082-\u108D\u108F\u109A-\u109D'
    '\u135D-\u135F\u1712-\u1715\u1732-\u1734\u1752-\u1753\u1772-\u1773\u17B6-\u17D3\u17DD\u1885-\u1886\u18A9\u1920-\u193B'
    '\u1A17-\u1A1B\u1A55-\u1A7F\u1AB0-\u1B04\u1B34-\u1B44\u1B6B-\u1B73\u1B80-\u1B82\u1BA1-\u1BAD\u1BE6-\u1BF3\u1C24-\u1C37'
    '\u1CD0-\u1CD2\u1CD4-\u1CE8\u1CED\u1CF4\u1CF7-\u1CF9\u1DC0-\u1DFF\u20D0-\u20F0\u2CEF-\u2CF1\u2D7F\u2DE0-\u2DFF'
    '\u302A-\u302F\u3099-\u309A\uA66F-\uA672\uA674-\uA67D\uA69E-\uA69F\uA6F0-\uA6F1\uA802\uA806\uA80B\uA823-\uA827\uA82C'
    '\uA880-\uA881\uA8B4-\uA8C5\uA8E0-\uA8F1\uA8FF\uA926-\uA92D\uA947-\uA953\uA980-\uA983\uA9B3-\uA9C0\uA9E5\uAA29-\uAA36'
    '\uAA43\uAA4C-\uAA4D\uAA7B-\uAA7D\uAAB0\uAAB2-\uAAB4\uAAB7-\uAAB8\uAABE-\uAABF\uAAC1\uAAEB-\uAAEF\uAAF5-\uAAF6'
    '\uABE3-\uABEA\uABEC-\uABED\uFB1E\uFE20-\uFE2F\U000101FD\U000102E0\U00010376-\U0001037A\U00010A01-\U00010A0F'
    '\U00010A38-\U00010A3F\U00010AE5-\U00010AE6\U00010D24-\U00010D27\U00010D69-\U00010D6D\U00010EAB-\U00010EAC'
    '\U00010EFA-\U00010EFF\U00010F46-\U00010F50\U00010F82-\U00010F85\U00011000-\U00011002\U00011038-\U00011046\U00011070'
    '\U00011073-\U00011074\U0001107F-\U00011082\U000110B0-\U000110BA\U000110C2\U00011100-\U00011102\U00011127-\U00011134'
    '\U00011145-\U00011146\U00011173\U00011180-\U00011182\U000111B3-\U000111C0\U000111C9-\U000111CC\U000111CE-\U000111CF'
    '\U0001122C-\U00011237\U0001123E\U00011241\U000112DF-\U000112EA\U00011300-\U00011303\U0001133B-\U0001133C'
    '\U0001133E-\U0001134D\U00011357\U00011362-\U00011374\U000113B8-\U000113D0\U000113D2\U000113E1-\U000113E2'
    '\U00011435-\U00011446\U0001145E\U000114B0-\U000114C3\U000115AF-\U000115C0\U000115DC-\U000115DD\U00011630-\U00011640'
    '\U000116AB-\U000116B7\U0001171D-\U0001172B\U0001182C-\U0001183A\U00011930-\U0001193E\U00011940\U00011942-\U00011943'
    '\U000119D1-\U000119E0\U000119E4\U00011A01-\U00011A0A\U00011A33-\U00011A39\U00011A3B-\U00011A3E\U00011A47'
    '\U00011A51-\U00011A5B\U00011A8A-\U00011A99\U00011B60-\U00011B67\U00011C2F-\U00011C3F\U00011C92-\U00011CB6'
    '\U00011D31-\U00011D45\U00011D47\U00011D8A-\U00011D97\U00011EF3-\U00011EF6\U00011F00-\U00011F01\U00011F03'
    '\U00011F34-\U00011F42\U00011F5A\U00013440\U00013447-\U00013455\U0001611E-\U0001612F\U00016AF0-\U00016AF4'
    '\U00016B30-\U00016B36\U00016F4F\U00016F51-\U00016F92\U00016FE4-\U00016FF1\U0001BC9D-\U0001BC9E\U0001CF00-\U0001CF46'
    '\U0001D165-\U0001D169\U0001D16D-\U0001D182\U0001D185-\U0001D18B\U0001D1AA-\U0001D1AD\U0001D242-\U0001D244'
    '\U0001DA00-\U0001DA36\U0001DA3B-\U0001DA6C\U0001DA75\U0001DA84\U0001DA9B-\U0001DAAF\U0001E000-\U0001E02A\U0001E08F'
    '\U0001E130-\U0001E136\U0001E2AE\U0001E2EC-\U0001E2EF\U0001E4EC-\U0001E4EF\U0001E5EE-\U0001E5EF\U0001E6E3\U0001E6E6'
    '\U0001E6EE-\U0001E6EF\U0001E6F5\U0001E8D0-\U0001E8D6\U0001E944-\U0001E94A'
    ']+', '', 'g'));
    folded := replace(replace(replace(replace(folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
    folded := translate(folded, 'øłđıðħŧς‐‒–—―−‘’‛ʻʼ′', 'oldidhtσ------');
    folded := regexp_replace(folded, '([\u3005-\u3007\u3041-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\U00020000-\U0003FFFF])', ' \1 ', 'g');
  END IF;
  folded := translate(lower(folded), '''`', '');
  RETURN btrim(regexp_replace(folded, '[ \t\n\v\f\r\u1680\u2028\u2029\u2800\U00013441\U00013442\U0001D159]+', ' ', 'g'), ' ');
END
$$;

DROP TRIGGER customers_search ON "customers";
DROP TRIGGER teams_search ON "teams";
DROP TRIGGER billing_profiles_search ON "billing_profiles";
DROP FUNCTION search_words("customers");

-- Everything that a customer is found by. Each fact stands in a line of its own, so that its end and the next one's beginning are no
-- word, with a blank before each of its words: words of one or two letters are looked for at a word's beginning, where the trigram index
-- knows them. Names and addresses stand there once more without their signs ("bo" of ada.bo@customer.example); numbers as their letters
-- and digits, a telephone number also without the zero that is not dialled from abroad. U+0001 is in no fact.
CREATE FUNCTION search_words(of_reseller text, of_customer text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  customer record;
  tags text;
  names text;
  places text;
  dialled text;
  reference text;
  tax text;
BEGIN
  SELECT c."email", c."name", c."phone", c."external_reference", t."name" AS "team", b."company_name", b."legal_name", b."tax_id",
         b."address_line1", b."address_line2", b."postal_code", b."city", b."region", b."country", b."billing_email"
  INTO customer
  FROM "customers" c
  JOIN "teams" t ON t."reseller_id" = c."reseller_id" AND t."id" = c."team_id"
  LEFT JOIN "billing_profiles" b ON b."reseller_id" = t."reseller_id" AND b."id" = t."id"
  WHERE c."reseller_id" = of_reseller AND c."id" = of_customer;
  SELECT string_agg(g."name", E'\x01' ORDER BY g."key") INTO tags
  FROM "customer_tags" ct JOIN "tags" g ON g."reseller_id" = ct."reseller_id" AND g."id" = ct."tag_id"
  WHERE ct."reseller_id" = of_reseller AND ct."customer_id" = of_customer;

  names := search_folded(concat_ws(E'\x01',
    customer."email", nullif(shown_address(customer."email"), customer."email"),
    customer."name", nullif(customer."team", customer."name"),
    customer."company_name", nullif(customer."legal_name", customer."name"),
    nullif(customer."billing_email", customer."email"), nullif(shown_address(customer."billing_email"), customer."billing_email"), tags));
  places := search_folded(concat_ws(E'\x01', of_customer, customer."address_line1", nullif(customer."address_line2", ''),
    nullif(customer."postal_code", ''), customer."city", nullif(customer."region", ''), customer."country"));
  dialled := nullif(search_folded(customer."phone"), '');
  reference := nullif(search_folded(customer."external_reference"), '');
  tax := nullif(search_folded(customer."tax_id"), '');
  RETURN E'\n ' || replace(
    concat_ws(E'\x01', names, places, dialled, reference, tax,
      regexp_replace(names, '[ !-/:-@\[-`{-~]+', ' ', 'g'),
      nullif(regexp_replace(dialled, '[^0-9]+', '', 'g'), dialled),
      CASE WHEN dialled LIKE '%(0)%' THEN regexp_replace(replace(dialled, '(0)', ''), '[^0-9]+', '', 'g') END,
      nullif(regexp_replace(reference, '[ !-/:-@\[-`{-~]+', '', 'g'), reference),
      nullif(regexp_replace(tax, '[ !-/:-@\[-`{-~]+', '', 'g'), tax)),
    E'\x01', E'\n ');
END
$$;

-- Writes what these customers are found by, where it changed. Everybody who changes one of the facts comes through here, and waits for
-- whoever is before them: what is read afterwards is what that one left.
CREATE FUNCTION refresh_search(of_reseller text, of_customers text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM "customer_search" WHERE "reseller_id" = of_reseller AND "id" = ANY (of_customers) ORDER BY "id" FOR UPDATE;
  INSERT INTO "customer_search" AS kept ("reseller_id", "id", "words")
  SELECT of_reseller, asked.id, search_words(of_reseller, asked.id) FROM unnest(of_customers) AS asked (id)
  ON CONFLICT ("reseller_id", "id") DO UPDATE SET "words" = EXCLUDED."words" WHERE kept."words" <> EXCLUDED."words";
END
$$;

CREATE OR REPLACE FUNCTION refresh_customer_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_search(NEW."reseller_id", ARRAY[NEW."id"]::text[]);
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION refresh_team_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  PERFORM refresh_search(changed."reseller_id", array_agg(c."id" ORDER BY c."id")::text[])
  FROM "customers" c WHERE c."reseller_id" = changed."reseller_id" AND c."team_id" = changed."id"
  HAVING count(*) > 0;
  RETURN NULL;
END
$$;

-- Whoever changes a tag of many customers at once says that the search rows follow later (src/tags/search-rows.ts).
CREATE FUNCTION refresh_tag_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  IF current_setting('purser.search_follows', true) IS DISTINCT FROM 'later' THEN
    PERFORM refresh_search(changed."reseller_id", ARRAY[changed."customer_id"]::text[]);
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER customers_search AFTER INSERT OR UPDATE OF "email", "name", "phone", "external_reference", "team_id" ON "customers"
  FOR EACH ROW EXECUTE FUNCTION refresh_customer_search();
CREATE TRIGGER teams_search AFTER UPDATE OF "name" ON "teams" FOR EACH ROW EXECUTE FUNCTION refresh_team_search();
CREATE TRIGGER billing_profiles_search AFTER INSERT OR DELETE OR UPDATE OF "company_name", "legal_name", "tax_id", "address_line1",
  "address_line2", "postal_code", "city", "region", "country", "billing_email" ON "billing_profiles"
  FOR EACH ROW EXECUTE FUNCTION refresh_team_search();
CREATE TRIGGER customer_tags_search AFTER INSERT OR DELETE ON "customer_tags" FOR EACH ROW EXECUTE FUNCTION refresh_tag_search();

-- Writes the search rows of everybody anew, a lot in a transaction: for migrations that change what is kept there.
CREATE PROCEDURE rewrite_search() LANGUAGE plpgsql AS $$
DECLARE
  of_reseller text;
  last text;
  lot text[];
BEGIN
  FOR of_reseller IN SELECT "id" FROM "resellers" ORDER BY "id" LOOP
    last := '';
    LOOP
      SELECT array_agg(c."id" ORDER BY c."id") INTO lot
      FROM (SELECT "id" FROM "customers" WHERE "reseller_id" = of_reseller AND "id" > last ORDER BY "id" LIMIT 500) c;
      EXIT WHEN lot IS NULL;
      PERFORM refresh_search(of_reseller, lot);
      COMMIT;
      last := lot[cardinality(lot)];
    END LOOP;
  END LOOP;
END
$$;

-- Teams without customers have no search row: there are few, and they are looked through.
CREATE INDEX "teams_without_customers_idx" ON "teams"("reseller_id", search_folded("name")) WHERE "owner_customer_id" IS NULL;

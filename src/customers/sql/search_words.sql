-- Everything that a customer is found by. Each fact stands in a line of its own, so that its end and the next one's beginning are no
-- word, with a blank before each of its words: words of one or two letters are looked for at a word's beginning, where the trigram index
-- knows them. Names and addresses stand there once more without their signs ("bo" of ada.bo@customer.example); numbers as their letters
-- and digits, a telephone number also without the zero that is not dialled from abroad. U+0001 is in no fact.
CREATE OR REPLACE FUNCTION search_words(of_reseller text, of_customer text) RETURNS text LANGUAGE plpgsql STABLE AS $$
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
  JOIN "teams" t ON t."reseller_id" = of_reseller AND t."id" = c."team_id"
  LEFT JOIN "billing_profiles" b ON b."reseller_id" = of_reseller AND b."id" = t."id"
  WHERE c."reseller_id" = of_reseller AND c."id" = of_customer;
  SELECT string_agg(g."name", E'\x01' ORDER BY g."key") INTO tags
  FROM "customer_tags" ct JOIN "tags" g ON g."reseller_id" = of_reseller AND g."id" = ct."tag_id"
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

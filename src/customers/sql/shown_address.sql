-- An address as people read it.
CREATE OR REPLACE FUNCTION shown_address(email text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN "email" NOT LIKE '%xn--%' THEN "email" ELSE split_part("email", '@', 1) || '@' || (
    SELECT string_agg(CASE WHEN label LIKE 'xn--%' THEN coalesce(punycode_decoded(substr(label, 5)), label) ELSE label END, '.' ORDER BY place)
    FROM unnest(string_to_array(split_part("email", '@', 2), '.')) WITH ORDINALITY labels (label, place)
  ) END
$$;

-- One label of a domain behind its xn--, by RFC 3492; null where it is none.
CREATE OR REPLACE FUNCTION punycode_decoded(encoded text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  last_hyphen int := length(encoded) - strpos(reverse(encoded), '-') + 1;
  decoded text := '';
  rest text := encoded;
  code bigint := 128;
  place bigint := 0;
  bias bigint := 72;
  before bigint;
  weight bigint;
  k bigint;
  threshold bigint;
  digit int;
  delta bigint;
BEGIN
  IF last_hyphen <= length(encoded) THEN
    decoded := left(encoded, last_hyphen - 1);
    rest := substr(encoded, last_hyphen + 1);
  END IF;
  WHILE rest <> '' LOOP
    before := place;
    weight := 1;
    k := 36;
    LOOP
      digit := strpos('abcdefghijklmnopqrstuvwxyz0123456789', left(rest, 1)) - 1;
      IF rest = '' OR digit < 0 THEN RETURN NULL; END IF;
      rest := substr(rest, 2);
      place := place + digit * weight;
      IF place > 2147483647 THEN RETURN NULL; END IF;
      threshold := least(26, greatest(1, k - bias));
      EXIT WHEN digit < threshold;
      weight := weight * (36 - threshold);
      k := k + 36;
    END LOOP;
    delta := (place - before) / CASE WHEN before = 0 THEN 700 ELSE 2 END;
    delta := delta + delta / (length(decoded) + 1);
    bias := 0;
    WHILE delta > 455 LOOP
      delta := delta / 35;
      bias := bias + 36;
    END LOOP;
    bias := bias + 36 * delta / (delta + 38);
    code := code + place / (length(decoded) + 1);
    place := place % (length(decoded) + 1);
    IF code > 1114111 OR code BETWEEN 55296 AND 57343 THEN RETURN NULL; END IF;
    decoded := left(decoded, place::int) || chr(code::int) || substr(decoded, place::int + 1);
    place := place + 1;
  END LOOP;
  RETURN decoded;
END
$$;

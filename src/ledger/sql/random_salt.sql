-- 122 random bits in 16 bytes: nobody guesses a text from its salted digest.
CREATE OR REPLACE FUNCTION random_salt() RETURNS bytea LANGUAGE sql VOLATILE AS $$
  SELECT uuid_send(gen_random_uuid())
$$;

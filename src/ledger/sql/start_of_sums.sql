-- Where the sums begin that a posting at this time belongs to (see moved_sums). No month of any time zone begins within such a stretch of
-- time: they begin from 14 hours before to 12 hours after UTC's, on a quarter of an hour. UTC has no rules that change; when a month really
-- begins is decided in src/words/days.ts alone.
CREATE OR REPLACE FUNCTION start_of_sums(at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT least(
    date_bin('15 minutes', at AT TIME ZONE 'UTC', TIMESTAMP '2000-01-01'),
    date_trunc('month', (at AT TIME ZONE 'UTC') + INTERVAL '14 hours') + INTERVAL '12 hours') AT TIME ZONE 'UTC'
$$;

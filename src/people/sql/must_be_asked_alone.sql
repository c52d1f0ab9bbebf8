-- For a function that gives what the application's role cannot read: makes sure that it is all that was sent to the database, so that one
-- statement gets one answer. Within another statement (one that was injected, or a select over everybody) it gives nothing.
CREATE OR REPLACE FUNCTION must_be_asked_alone(the_call text) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF current_query() IS DISTINCT FROM 'select * from ' || the_call THEN
    RAISE insufficient_privilege USING MESSAGE = format('permission denied for %s within another statement', the_call);
  END IF;
END
$$;

-- The few logins as customers that have not ended are asked for every minute.
CREATE INDEX "login_as_ended_at_idx" ON "login_as"("ended_at");

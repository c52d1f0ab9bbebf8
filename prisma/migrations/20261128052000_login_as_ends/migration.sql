-- What ran out with its portal session was not ended by a logout, nor was what another login or another staff member ended.
ALTER TYPE "login_as_end" ADD VALUE 'session_idle';
ALTER TYPE "login_as_end" ADD VALUE 'session_expired';
ALTER TYPE "login_as_end" ADD VALUE 'session_gone';
ALTER TYPE "login_as_end" ADD VALUE 'portal_login';
ALTER TYPE "login_as_end" ADD VALUE 'stopped';

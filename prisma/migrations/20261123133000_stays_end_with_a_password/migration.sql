-- A staff member who changes their password ends their logins as customers by that, and not by logging out.
ALTER TYPE "login_as_end" ADD VALUE 'password_changed';

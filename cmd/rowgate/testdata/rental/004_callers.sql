-- What the owner adds so that programs may call: the roles that a call takes
-- on, what each of them may touch, and which rows.

DO $$
BEGIN
  -- Roles belong to the server, so another database may have made them.
  IF to_regrole('anon') IS NULL THEN CREATE ROLE anon NOLOGIN; END IF;
  IF to_regrole('authenticated') IS NULL THEN CREATE ROLE authenticated NOLOGIN; END IF;
END $$;

-- Functions are executable by everybody unless that is taken away.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO anon, authenticated;

-- Everybody browses the films.
GRANT SELECT ON film, actor, category, language, film_actor, film_category, film_list, actor_info TO anon, authenticated;

-- A customer is known by the address in the token.
CREATE FUNCTION current_customer_id() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT customer_id FROM customer
  WHERE email = nullif(current_setting('request.jwt.claims', true), '')::json ->> 'email';
$$;
COMMENT ON FUNCTION current_customer_id() IS 'The customer whose address the token carries.';
REVOKE EXECUTE ON FUNCTION current_customer_id() FROM PUBLIC;

GRANT SELECT ON customer, rental, payment, inventory TO authenticated;
GRANT UPDATE (first_name, last_name, email) ON customer TO authenticated;
GRANT EXECUTE ON FUNCTION current_customer_id(), inventory_in_stock, film_in_stock, get_customer_balance TO authenticated;

ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
ALTER TABLE rental ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON customer TO authenticated USING (customer_id = (SELECT current_customer_id()));
CREATE POLICY own ON rental FOR SELECT TO authenticated USING (customer_id = (SELECT current_customer_id()));
CREATE POLICY own ON payment FOR SELECT TO authenticated USING (customer_id = (SELECT current_customer_id()));

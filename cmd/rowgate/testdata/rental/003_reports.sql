-- What the shop's programs ask for.

CREATE VIEW actor_info AS
  SELECT a.actor_id, a.first_name, a.last_name, string_agg(f.title, ', ' ORDER BY f.title) AS film_info
  FROM actor a
  LEFT JOIN film_actor fa USING (actor_id)
  LEFT JOIN film f USING (film_id)
  GROUP BY a.actor_id, a.first_name, a.last_name;

CREATE VIEW film_list AS
  SELECT f.film_id AS fid, f.title, f.description, c.name AS category, f.rental_rate AS price, f.length, f.rating,
    array_agg(a.first_name || ' ' || a.last_name ORDER BY a.last_name) FILTER (WHERE a.actor_id IS NOT NULL) AS actors
  FROM film f
  LEFT JOIN film_category fc USING (film_id)
  LEFT JOIN category c USING (category_id)
  LEFT JOIN film_actor fa USING (film_id)
  LEFT JOIN actor a USING (actor_id)
  GROUP BY f.film_id, c.name;

CREATE VIEW customer_list AS
  SELECT cu.customer_id AS id, cu.first_name || ' ' || cu.last_name AS name, a.address, a.postal_code AS "zip code",
    a.phone, ci.city, co.country, CASE WHEN cu.activebool THEN 'active' ELSE '' END AS notes, cu.store_id AS sid
  FROM customer cu
  JOIN address a USING (address_id)
  JOIN city ci USING (city_id)
  JOIN country co USING (country_id);

CREATE MATERIALIZED VIEW rental_by_category AS
  SELECT c.name AS category, sum(p.amount) AS total_sales
  FROM payment p
  JOIN rental r USING (rental_id)
  JOIN inventory i USING (inventory_id)
  JOIN film_category fc USING (film_id)
  JOIN category c USING (category_id)
  GROUP BY c.name
  WITH NO DATA;
CREATE UNIQUE INDEX ON rental_by_category (category);

CREATE FUNCTION inventory_in_stock(p_inventory_id integer) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_out integer;
BEGIN
  SELECT count(*) INTO v_out FROM rental WHERE inventory_id = p_inventory_id AND return_date IS NULL;
  RETURN v_out = 0;
END $$;

CREATE FUNCTION film_in_stock(p_film_id integer, p_store_id integer, OUT p_film_count integer)
RETURNS SETOF integer LANGUAGE sql STABLE AS $$
  SELECT inventory_id FROM inventory
  WHERE film_id = $1 AND store_id = $2 AND inventory_in_stock(inventory_id)
  ORDER BY inventory_id;
$$;

CREATE FUNCTION get_customer_balance(p_customer_id integer, p_effective_date timestamptz DEFAULT now())
RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT sum(f.rental_rate) FROM rental r
    JOIN inventory i USING (inventory_id) JOIN film f USING (film_id)
    WHERE r.customer_id = p_customer_id AND r.rental_date <= p_effective_date), 0)
  - coalesce((
    SELECT sum(amount) FROM payment
    WHERE customer_id = p_customer_id AND payment_date <= p_effective_date), 0);
$$;
COMMENT ON FUNCTION get_customer_balance IS 'What a customer owes: rentals less payments.';

CREATE FUNCTION rewards_report(min_monthly_purchases integer, min_dollar_amount numeric)
RETURNS SETOF customer LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT c.* FROM customer c JOIN payment p USING (customer_id)
  GROUP BY c.customer_id
  HAVING count(*) >= $1 AND sum(p.amount) >= $2
  ORDER BY c.customer_id;
$$;

CREATE FUNCTION last_day(timestamptz) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (date_trunc('month', $1 AT TIME ZONE 'UTC') + interval '1 month - 1 day')::date;
$$;

CREATE FUNCTION _group_concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN $2 IS NULL THEN $1 WHEN $1 IS NULL THEN $2 ELSE $1 || ', ' || $2 END;
$$;
CREATE AGGREGATE group_concat(text) (SFUNC = _group_concat, STYPE = text);

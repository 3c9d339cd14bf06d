-- A little of everything.

INSERT INTO language (name) VALUES ('English'), ('Italian');
INSERT INTO category (name) VALUES ('Comedy'), ('Drama');
INSERT INTO actor (first_name, last_name) VALUES ('Mae', 'Hill'), ('Otto', 'Brandt'), ('Rosa', 'Neri');
INSERT INTO film (title, description, release_year, language_id, rating, special_features, length) VALUES
  ('Night Ferry', 'A mate and a stowaway cross the strait', 1998, 1, 'PG-13', '{Trailers,"Deleted Scenes"}', 94),
  ('The Glass Orchard', 'A gardener inherits a greenhouse', 2006, 1, 'PG', '{Commentaries}', 121),
  ('Il Tram', 'A driver will not stop', 1954, 2, NULL, NULL, NULL);
INSERT INTO film_actor (actor_id, film_id) VALUES (1, 1), (2, 1), (3, 2), (3, 3);
INSERT INTO film_category (film_id, category_id) VALUES (1, 2), (2, 1), (3, 2);

INSERT INTO country (country) VALUES ('Norway');
INSERT INTO city (city, country_id) VALUES ('Bergen', 1);
INSERT INTO address (address, district, city_id, phone) VALUES ('1 Quay', 'Harbour', 1, '555-0100'), ('2 Quay', 'Harbour', 1, '555-0101');
-- The store and its manager name each other.
WITH manager AS (
  INSERT INTO staff (first_name, last_name, address_id, store_id, username) VALUES ('Kari', 'Moe', 1, 1, 'kari')
)
INSERT INTO store (manager_staff_id, address_id) VALUES (1, 1);

INSERT INTO customer (store_id, first_name, last_name, email, address_id, create_date) VALUES
  (1, 'Lena', 'Berg', 'lena@example.com', 2, '2021-12-24'), (1, 'Nils', 'Dahl', 'nils@example.com', 2, '2022-01-02');
INSERT INTO inventory (film_id, store_id) VALUES (1, 1), (1, 1), (2, 1);
INSERT INTO rental (rental_date, inventory_id, customer_id, return_date, staff_id) VALUES
  ('2022-01-05 18:30', 1, 1, '2022-01-07 10:00', 1), ('2022-02-01 19:00', 2, 1, NULL, 1), ('2022-02-02 12:15', 3, 2, NULL, 1);
INSERT INTO payment (customer_id, staff_id, rental_id, amount, payment_date) VALUES
  (1, 1, 1, 4.99, '2022-01-07 10:05+00'), (2, 1, 3, 2.50, '2022-02-02 12:20+00'), (1, 1, 2, 1.00, '2022-03-01 09:00+00');
REFRESH MATERIALIZED VIEW rental_by_category;

-- Stores, customers, what they rent and what they pay.

CREATE TABLE country (
  country_id serial PRIMARY KEY,
  country varchar(50) NOT NULL
);

CREATE TABLE city (
  city_id serial PRIMARY KEY,
  city varchar(50) NOT NULL,
  country_id integer NOT NULL REFERENCES country
);

CREATE TABLE address (
  address_id serial PRIMARY KEY,
  address varchar(50) NOT NULL,
  address2 varchar(50),
  district varchar(20) NOT NULL,
  city_id integer NOT NULL REFERENCES city,
  postal_code varchar(10),
  phone varchar(20) NOT NULL
);

CREATE TABLE store (
  store_id serial PRIMARY KEY,
  manager_staff_id integer NOT NULL UNIQUE,
  address_id integer NOT NULL REFERENCES address
);

CREATE TABLE staff (
  staff_id serial PRIMARY KEY,
  first_name varchar(45) NOT NULL,
  last_name varchar(45) NOT NULL,
  address_id integer NOT NULL REFERENCES address,
  email varchar(50),
  store_id integer NOT NULL REFERENCES store,
  active boolean NOT NULL DEFAULT true,
  username varchar(16) NOT NULL UNIQUE,
  password varchar(40),
  picture bytea
);
ALTER TABLE store ADD FOREIGN KEY (manager_staff_id) REFERENCES staff DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE customer (
  customer_id serial PRIMARY KEY,
  store_id integer NOT NULL REFERENCES store,
  first_name varchar(45) NOT NULL,
  last_name varchar(45) NOT NULL,
  email varchar(50) UNIQUE,
  address_id integer NOT NULL REFERENCES address,
  activebool boolean NOT NULL DEFAULT true,
  create_date date NOT NULL DEFAULT ('now'::text)::date
);

CREATE TABLE inventory (
  inventory_id serial PRIMARY KEY,
  film_id integer NOT NULL REFERENCES film,
  store_id integer NOT NULL REFERENCES store
);
CREATE INDEX ON inventory (store_id, film_id);

CREATE TABLE rental (
  rental_id serial PRIMARY KEY,
  rental_date timestamp NOT NULL,
  inventory_id integer NOT NULL REFERENCES inventory,
  customer_id integer NOT NULL REFERENCES customer,
  return_date timestamp,
  staff_id integer NOT NULL REFERENCES staff,
  UNIQUE (rental_date, inventory_id, customer_id)
);
COMMENT ON COLUMN rental.return_date IS 'Empty while the film is out.';

CREATE TABLE payment (
  payment_id serial,
  customer_id integer NOT NULL REFERENCES customer,
  staff_id integer NOT NULL REFERENCES staff,
  rental_id integer NOT NULL REFERENCES rental,
  amount numeric(5,2) NOT NULL,
  payment_date timestamptz NOT NULL,
  PRIMARY KEY (payment_date, payment_id)
) PARTITION BY RANGE (payment_date);
CREATE TABLE payment_p2022_01 PARTITION OF payment FOR VALUES FROM ('2022-01-01 00:00+00') TO ('2022-02-01 00:00+00');
CREATE TABLE payment_p2022_02 PARTITION OF payment FOR VALUES FROM ('2022-02-01 00:00+00') TO ('2022-03-01 00:00+00');
CREATE TABLE payment_rest PARTITION OF payment DEFAULT;

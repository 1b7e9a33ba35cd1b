-- The same web shop on SQLite. Decimals are TEXT, since SQLite's NUMERIC keeps them as binary floating point;
-- instants are TEXT in UTC ("2026-03-29T00:59:59Z"), dates TEXT ("2026-03-29"), booleans INTEGER 0 and 1.
-- AUTOINCREMENT, so that the key of a deleted row is never used again.

CREATE TABLE customer (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  email          TEXT UNIQUE,
  first_name     TEXT,
  last_name      TEXT NOT NULL DEFAULT '',
  company        TEXT,
  phone          TEXT,
  vat_number     TEXT,
  line1          TEXT,
  line2          TEXT,
  postcode       TEXT,
  city           TEXT,
  country        TEXT DEFAULT 'FR',
  payment_terms  TEXT,
  newsletter     INTEGER NOT NULL DEFAULT 0,
  blocked        INTEGER NOT NULL DEFAULT 0,
  lang           TEXT NOT NULL DEFAULT 'fr',
  password_hash  TEXT,
  created_at     TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  updated_at     TEXT
);

-- Where else a customer has wine delivered.
CREATE TABLE customer_address (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id  INTEGER NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
  label        TEXT,
  name         TEXT,
  line1        TEXT,
  line2        TEXT,
  postcode     TEXT,
  city         TEXT,
  country      TEXT DEFAULT 'FR',
  phone        TEXT
);
CREATE INDEX customer_address_customer ON customer_address (customer_id);

CREATE TABLE product (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  sku          TEXT NOT NULL UNIQUE,
  name         TEXT NOT NULL DEFAULT '',
  vintage      INTEGER,
  bottle_cl    INTEGER,
  ean          TEXT,
  price        TEXT NOT NULL DEFAULT '0',
  published    INTEGER NOT NULL DEFAULT 0,
  description  TEXT,
  created_at   TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  updated_at   TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
);

CREATE TABLE stock (
  product_id  INTEGER NOT NULL REFERENCES product (id),
  location    TEXT NOT NULL,
  on_hand     TEXT NOT NULL DEFAULT '0',
  lead_days   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (product_id, location)
);

CREATE TABLE sales_order (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  order_no        TEXT UNIQUE,
  customer_id     INTEGER REFERENCES customer (id),
  state           TEXT NOT NULL DEFAULT 'placed'
                  CHECK (state IN ('placed', 'accepted', 'on_hold', 'awaiting_payment')),
  payment_state   TEXT NOT NULL DEFAULT 'none',
  currency        TEXT NOT NULL DEFAULT 'EUR',
  requested_date  TEXT,
  promised_date   TEXT,
  customer_note   TEXT,
  -- As they were when it was placed: an address that is changed later changes no order.
  bill_name       TEXT,
  bill_line1      TEXT,
  bill_line2      TEXT,
  bill_postcode   TEXT,
  bill_city       TEXT,
  bill_country    TEXT,
  ship_name       TEXT,
  ship_line1      TEXT,
  ship_line2      TEXT,
  ship_postcode   TEXT,
  ship_city       TEXT,
  ship_country    TEXT,
  items_total     TEXT NOT NULL DEFAULT '0',
  shipping_total  TEXT NOT NULL DEFAULT '0',
  grand_total     TEXT NOT NULL DEFAULT '0',
  payment_method  TEXT,
  placed_at       TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  updated_at      TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
);
CREATE INDEX sales_order_customer ON sales_order (customer_id);

CREATE TABLE order_line (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id      INTEGER NOT NULL REFERENCES sales_order (id) ON DELETE CASCADE,
  line_no       INTEGER NOT NULL,
  kind          TEXT NOT NULL DEFAULT 'item' CHECK (kind IN ('item', 'comment')),
  product_id    INTEGER REFERENCES product (id),
  description   TEXT NOT NULL DEFAULT '',
  qty           TEXT NOT NULL DEFAULT '0',
  unit_price    TEXT NOT NULL DEFAULT '0',
  discount_pct  TEXT NOT NULL DEFAULT '0',
  line_total    TEXT NOT NULL DEFAULT '0',
  UNIQUE (order_id, line_no)
);
CREATE INDEX order_line_product ON order_line (product_id);

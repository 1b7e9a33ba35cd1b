-- The same tables on SQLite: decimals, dates and times are TEXT, since SQLite's NUMERIC keeps decimals as binary
-- floating point. The blank of a date is '1753-01-01'.

CREATE TABLE "CRONUS France$Customer" (
  "No_"                      TEXT NOT NULL,
  "Name"                     TEXT NOT NULL DEFAULT '',
  "Search Name"              TEXT NOT NULL DEFAULT '',
  "Name 2"                   TEXT NOT NULL DEFAULT '',
  "Company Name"             TEXT NOT NULL DEFAULT '',
  "Address"                  TEXT NOT NULL DEFAULT '',
  "Address 2"                TEXT NOT NULL DEFAULT '',
  "City"                     TEXT NOT NULL DEFAULT '',
  "Post Code"                TEXT NOT NULL DEFAULT '',
  "County"                   TEXT NOT NULL DEFAULT '',
  "Country_Region Code"      TEXT NOT NULL DEFAULT '',
  "Phone No_"                TEXT NOT NULL DEFAULT '',
  "E-Mail"                   TEXT NOT NULL DEFAULT '',
  "VAT Registration No_"     TEXT NOT NULL DEFAULT '',
  "Customer Posting Group"   TEXT NOT NULL DEFAULT '',
  "Gen_ Bus_ Posting Group"  TEXT NOT NULL DEFAULT '',
  "VAT Bus_ Posting Group"   TEXT NOT NULL DEFAULT '',
  "Currency Code"            TEXT NOT NULL DEFAULT '',
  "Language Code"            TEXT NOT NULL DEFAULT '',
  "Payment Terms Code"       TEXT NOT NULL DEFAULT '',
  "Salesperson Code"         TEXT NOT NULL DEFAULT '',
  "Blocked"                  INTEGER NOT NULL DEFAULT 0,
  "Privacy Blocked"          INTEGER NOT NULL DEFAULT 0,
  "Prices Including VAT"     INTEGER NOT NULL DEFAULT 0,
  "Web Newsletter"           INTEGER NOT NULL DEFAULT 0,
  "Last Modified Date Time"  TEXT NOT NULL DEFAULT '1753-01-01',
  "Last Date Modified"       TEXT NOT NULL DEFAULT '1753-01-01',
  PRIMARY KEY ("No_")
);
CREATE INDEX "CRONUS France$Customer$1" ON "CRONUS France$Customer" ("E-Mail");

CREATE TABLE "CRONUS France$Ship-to Address" (
  "Customer No_"         TEXT NOT NULL,
  "Code"                 TEXT NOT NULL,
  "Name"                 TEXT NOT NULL DEFAULT '',
  "Name 2"               TEXT NOT NULL DEFAULT '',
  "Address"              TEXT NOT NULL DEFAULT '',
  "Address 2"            TEXT NOT NULL DEFAULT '',
  "City"                 TEXT NOT NULL DEFAULT '',
  "Contact"              TEXT NOT NULL DEFAULT '',
  "Phone No_"            TEXT NOT NULL DEFAULT '',
  "Country_Region Code"  TEXT NOT NULL DEFAULT '',
  "Post Code"            TEXT NOT NULL DEFAULT '',
  "County"               TEXT NOT NULL DEFAULT '',
  "E-Mail"               TEXT NOT NULL DEFAULT '',
  "Location Code"        TEXT NOT NULL DEFAULT '',
  "Web Label"            TEXT NOT NULL DEFAULT '',
  "Last Date Modified"   TEXT NOT NULL DEFAULT '1753-01-01',
  PRIMARY KEY ("Customer No_", "Code")
);

CREATE TABLE "CRONUS France$Item" (
  "No_"                      TEXT NOT NULL,
  "Description"              TEXT NOT NULL DEFAULT '',
  "Search Description"       TEXT NOT NULL DEFAULT '',
  "Description 2"            TEXT NOT NULL DEFAULT '',
  "Base Unit of Measure"     TEXT NOT NULL DEFAULT '',
  "Type"                     INTEGER NOT NULL DEFAULT 0,
  "Unit Price"               TEXT NOT NULL DEFAULT '0',
  "Price Includes VAT"       INTEGER NOT NULL DEFAULT 0,
  "Blocked"                  INTEGER NOT NULL DEFAULT 0,
  "Gross Weight"             TEXT NOT NULL DEFAULT '0',
  "VAT Prod_ Posting Group"  TEXT NOT NULL DEFAULT '',
  "Item Category Code"       TEXT NOT NULL DEFAULT '',
  "GTIN"                     TEXT NOT NULL DEFAULT '',
  "Vintage"                  INTEGER NOT NULL DEFAULT 0,
  "Bottle Size cl"           INTEGER NOT NULL DEFAULT 0,
  "Web Published"            INTEGER NOT NULL DEFAULT 0,
  "Last Date Modified"       TEXT NOT NULL DEFAULT '1753-01-01',
  PRIMARY KEY ("No_")
);

CREATE TABLE "CRONUS France$Web Stock" (
  "Item No_"            TEXT NOT NULL,
  "Location Code"       TEXT NOT NULL,
  "Quantity"            TEXT NOT NULL DEFAULT '0',
  "Reserved Quantity"   TEXT NOT NULL DEFAULT '0',
  "Last Date Modified"  TEXT NOT NULL DEFAULT '1753-01-01',
  PRIMARY KEY ("Item No_", "Location Code")
);

CREATE TABLE "CRONUS France$Sales Header" (
  "Document Type"            INTEGER NOT NULL,
  "No_"                      TEXT NOT NULL DEFAULT '',
  "Sell-to Customer No_"     TEXT NOT NULL DEFAULT '',
  "Bill-to Customer No_"     TEXT NOT NULL DEFAULT '',
  "External Document No_"    TEXT NOT NULL DEFAULT '',
  "Your Reference"           TEXT NOT NULL DEFAULT '',
  "Ship-to Code"             TEXT NOT NULL DEFAULT '',
  "Bill-to Name"                 TEXT NOT NULL DEFAULT '',
  "Bill-to Name 2"               TEXT NOT NULL DEFAULT '',
  "Bill-to Address"              TEXT NOT NULL DEFAULT '',
  "Bill-to Address 2"            TEXT NOT NULL DEFAULT '',
  "Bill-to City"                 TEXT NOT NULL DEFAULT '',
  "Bill-to Post Code"            TEXT NOT NULL DEFAULT '',
  "Bill-to Country_Region Code"  TEXT NOT NULL DEFAULT '',
  "Ship-to Name"                 TEXT NOT NULL DEFAULT '',
  "Ship-to Name 2"               TEXT NOT NULL DEFAULT '',
  "Ship-to Address"              TEXT NOT NULL DEFAULT '',
  "Ship-to Address 2"            TEXT NOT NULL DEFAULT '',
  "Ship-to City"                 TEXT NOT NULL DEFAULT '',
  "Ship-to Post Code"            TEXT NOT NULL DEFAULT '',
  "Ship-to Country_Region Code"  TEXT NOT NULL DEFAULT '',
  "Order Date"               TEXT NOT NULL DEFAULT '1753-01-01',
  "Posting Date"             TEXT NOT NULL DEFAULT '1753-01-01',
  "Shipment Date"            TEXT NOT NULL DEFAULT '1753-01-01',
  "Requested Delivery Date"  TEXT NOT NULL DEFAULT '1753-01-01',
  "Promised Delivery Date"   TEXT NOT NULL DEFAULT '1753-01-01',
  "Payment Terms Code"       TEXT NOT NULL DEFAULT '',
  "Payment Method Code"      TEXT NOT NULL DEFAULT '',
  "Shipment Method Code"     TEXT NOT NULL DEFAULT '',
  "Location Code"            TEXT NOT NULL DEFAULT '',
  "Currency Code"            TEXT NOT NULL DEFAULT '',
  "Prices Including VAT"     INTEGER NOT NULL DEFAULT 0,
  "Salesperson Code"         TEXT NOT NULL DEFAULT '',
  "No_ Series"               TEXT NOT NULL DEFAULT '',
  "Status"                   INTEGER NOT NULL DEFAULT 0,
  "Web Comment"              TEXT NOT NULL DEFAULT '',
  "Web Items Total"          TEXT NOT NULL DEFAULT '0',
  "Web Shipping Total"       TEXT NOT NULL DEFAULT '0',
  "Web Grand Total"          TEXT NOT NULL DEFAULT '0',
  PRIMARY KEY ("Document Type", "No_")
);
CREATE INDEX "CRONUS France$Sales Header$1" ON "CRONUS France$Sales Header" ("Sell-to Customer No_", "External Document No_");

CREATE TABLE "CRONUS France$Sales Line" (
  "Document Type"         INTEGER NOT NULL,
  "Document No_"          TEXT NOT NULL,
  "Line No_"              INTEGER NOT NULL,
  "Sell-to Customer No_"  TEXT NOT NULL DEFAULT '',
  "Type"                  INTEGER NOT NULL DEFAULT 0,
  "No_"                   TEXT NOT NULL DEFAULT '',
  "Location Code"         TEXT NOT NULL DEFAULT '',
  "Description"           TEXT NOT NULL DEFAULT '',
  "Description 2"         TEXT NOT NULL DEFAULT '',
  "Unit of Measure Code"  TEXT NOT NULL DEFAULT '',
  "Quantity"              TEXT NOT NULL DEFAULT '0',
  "Outstanding Quantity"  TEXT NOT NULL DEFAULT '0',
  "Qty_ to Ship"          TEXT NOT NULL DEFAULT '0',
  "Unit Price"            TEXT NOT NULL DEFAULT '0',
  "VAT _"                 TEXT NOT NULL DEFAULT '0',
  "Line Discount _"       TEXT NOT NULL DEFAULT '0',
  "Line Amount"           TEXT NOT NULL DEFAULT '0',
  "Quantity Shipped"      TEXT NOT NULL DEFAULT '0',
  "Quantity Invoiced"     TEXT NOT NULL DEFAULT '0',
  "Attached to Line No_"  INTEGER NOT NULL DEFAULT 0,
  "Variant Code"          TEXT NOT NULL DEFAULT '',
  PRIMARY KEY ("Document Type", "Document No_", "Line No_")
);

-- Navision hands out the numbers of new orders itself, one after the other, from the series of its set-up. An SQLite
-- trigger cannot change a row before it is stored: a new order has no number for a moment, and is given one at once.
CREATE TABLE "CRONUS France$No_ Series Line" (
  "Series Code"      TEXT NOT NULL,
  "Line No_"         INTEGER NOT NULL,
  "Starting No_"     TEXT NOT NULL DEFAULT '',
  "Ending No_"       TEXT NOT NULL DEFAULT '',
  "Increment-by No_" INTEGER NOT NULL DEFAULT 1,
  "Last No_ Used"    TEXT NOT NULL DEFAULT '',
  PRIMARY KEY ("Series Code", "Line No_")
);
INSERT INTO "CRONUS France$No_ Series Line" VALUES ('V-CDE', 10000, 'SO-000001', 'SO-999999', 1, 'SO-000000');

CREATE TRIGGER "CRONUS France$Sales Header$No_" AFTER INSERT ON "CRONUS France$Sales Header"
  WHEN NEW."Document Type" = 1 AND NEW."No_" = ''
BEGIN
  UPDATE "CRONUS France$No_ Series Line"
     SET "Last No_ Used" = printf('SO-%06d', CAST(substr("Last No_ Used", 4) AS INTEGER) + "Increment-by No_")
   WHERE "Series Code" = 'V-CDE';
  UPDATE "CRONUS France$Sales Header"
     SET "No_" = (SELECT "Last No_ Used" FROM "CRONUS France$No_ Series Line" WHERE "Series Code" = 'V-CDE'),
         "No_ Series" = 'V-CDE'
   WHERE "Document Type" = 1 AND "No_" = '';
END;

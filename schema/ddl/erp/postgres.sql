-- Navision's tables as far as a shop meets them, with its names and habits: the company before a '$', dots and
-- slashes of field names as '_', nothing NULL ('' and 0 and 1753-01-01 are its blanks), booleans as small integers,
-- decimal(38,20), compound keys with the document's type, and no foreign keys: validation lives in its own code.
-- Columns called "Web ..." and the wine's are an extension of the kind that every shop's integrator adds.

CREATE TABLE "CRONUS France$Customer" (
  "No_"                      varchar(20) NOT NULL,
  "Name"                     varchar(50) NOT NULL DEFAULT '',
  "Search Name"              varchar(50) NOT NULL DEFAULT '',
  "Name 2"                   varchar(50) NOT NULL DEFAULT '',
  "Company Name"             varchar(50) NOT NULL DEFAULT '',
  "Address"                  varchar(50) NOT NULL DEFAULT '',
  "Address 2"                varchar(50) NOT NULL DEFAULT '',
  "City"                     varchar(30) NOT NULL DEFAULT '',
  "Post Code"                varchar(20) NOT NULL DEFAULT '',
  "County"                   varchar(30) NOT NULL DEFAULT '',
  "Country_Region Code"      varchar(10) NOT NULL DEFAULT '',
  "Phone No_"                varchar(30) NOT NULL DEFAULT '',
  "E-Mail"                   varchar(80) NOT NULL DEFAULT '',
  "VAT Registration No_"     varchar(20) NOT NULL DEFAULT '',
  "Customer Posting Group"   varchar(20) NOT NULL DEFAULT '',
  "Gen_ Bus_ Posting Group"  varchar(20) NOT NULL DEFAULT '',
  "VAT Bus_ Posting Group"   varchar(20) NOT NULL DEFAULT '',
  "Currency Code"            varchar(10) NOT NULL DEFAULT '',
  "Language Code"            varchar(10) NOT NULL DEFAULT '',
  "Payment Terms Code"       varchar(10) NOT NULL DEFAULT '',
  "Salesperson Code"         varchar(20) NOT NULL DEFAULT '',
  "Blocked"                  integer NOT NULL DEFAULT 0,
  "Privacy Blocked"          smallint NOT NULL DEFAULT 0,
  "Prices Including VAT"     smallint NOT NULL DEFAULT 0,
  "Web Newsletter"           smallint NOT NULL DEFAULT 0,
  "Last Modified Date Time"  timestamp(3) NOT NULL DEFAULT '1753-01-01',
  "Last Date Modified"       timestamp(3) NOT NULL DEFAULT '1753-01-01',
  CONSTRAINT "CRONUS France$Customer$0" PRIMARY KEY ("No_")
);
CREATE INDEX "CRONUS France$Customer$1" ON "CRONUS France$Customer" ("E-Mail");

CREATE TABLE "CRONUS France$Ship-to Address" (
  "Customer No_"         varchar(20) NOT NULL,
  "Code"                 varchar(10) NOT NULL,
  "Name"                 varchar(50) NOT NULL DEFAULT '',
  "Name 2"               varchar(50) NOT NULL DEFAULT '',
  "Address"              varchar(50) NOT NULL DEFAULT '',
  "Address 2"            varchar(50) NOT NULL DEFAULT '',
  "City"                 varchar(30) NOT NULL DEFAULT '',
  "Contact"              varchar(50) NOT NULL DEFAULT '',
  "Phone No_"            varchar(30) NOT NULL DEFAULT '',
  "Country_Region Code"  varchar(10) NOT NULL DEFAULT '',
  "Post Code"            varchar(20) NOT NULL DEFAULT '',
  "County"               varchar(30) NOT NULL DEFAULT '',
  "E-Mail"               varchar(80) NOT NULL DEFAULT '',
  "Location Code"        varchar(10) NOT NULL DEFAULT '',
  "Web Label"            varchar(40) NOT NULL DEFAULT '',
  "Last Date Modified"   timestamp(3) NOT NULL DEFAULT '1753-01-01',
  CONSTRAINT "CRONUS France$Ship-to Address$0" PRIMARY KEY ("Customer No_", "Code")
);

CREATE TABLE "CRONUS France$Item" (
  "No_"                      varchar(20) NOT NULL,
  "Description"              varchar(100) NOT NULL DEFAULT '',
  "Search Description"       varchar(100) NOT NULL DEFAULT '',
  "Description 2"            varchar(50) NOT NULL DEFAULT '',
  "Base Unit of Measure"     varchar(10) NOT NULL DEFAULT '',
  "Type"                     integer NOT NULL DEFAULT 0,
  "Unit Price"               numeric(38,20) NOT NULL DEFAULT 0,
  "Price Includes VAT"       smallint NOT NULL DEFAULT 0,
  "Blocked"                  smallint NOT NULL DEFAULT 0,
  "Gross Weight"             numeric(38,20) NOT NULL DEFAULT 0,
  "VAT Prod_ Posting Group"  varchar(20) NOT NULL DEFAULT '',
  "Item Category Code"       varchar(20) NOT NULL DEFAULT '',
  "GTIN"                     varchar(14) NOT NULL DEFAULT '',
  "Vintage"                  integer NOT NULL DEFAULT 0,
  "Bottle Size cl"           integer NOT NULL DEFAULT 0,
  "Web Published"            smallint NOT NULL DEFAULT 0,
  "Last Date Modified"       timestamp(3) NOT NULL DEFAULT '1753-01-01',
  CONSTRAINT "CRONUS France$Item$0" PRIMARY KEY ("No_")
);

CREATE TABLE "CRONUS France$Web Stock" (
  "Item No_"            varchar(20) NOT NULL,
  "Location Code"       varchar(10) NOT NULL,
  "Quantity"            numeric(38,20) NOT NULL DEFAULT 0,
  "Reserved Quantity"   numeric(38,20) NOT NULL DEFAULT 0,
  "Last Date Modified"  timestamp(3) NOT NULL DEFAULT '1753-01-01',
  CONSTRAINT "CRONUS France$Web Stock$0" PRIMARY KEY ("Item No_", "Location Code")
);

CREATE TABLE "CRONUS France$Sales Header" (
  "Document Type"            integer NOT NULL,
  "No_"                      varchar(20) NOT NULL,
  "Sell-to Customer No_"     varchar(20) NOT NULL DEFAULT '',
  "Bill-to Customer No_"     varchar(20) NOT NULL DEFAULT '',
  "External Document No_"    varchar(35) NOT NULL DEFAULT '',
  "Your Reference"           varchar(35) NOT NULL DEFAULT '',
  "Ship-to Code"             varchar(10) NOT NULL DEFAULT '',
  "Bill-to Name"                 varchar(50) NOT NULL DEFAULT '',
  "Bill-to Name 2"               varchar(50) NOT NULL DEFAULT '',
  "Bill-to Address"              varchar(50) NOT NULL DEFAULT '',
  "Bill-to Address 2"            varchar(50) NOT NULL DEFAULT '',
  "Bill-to City"                 varchar(30) NOT NULL DEFAULT '',
  "Bill-to Post Code"            varchar(20) NOT NULL DEFAULT '',
  "Bill-to Country_Region Code"  varchar(10) NOT NULL DEFAULT '',
  "Ship-to Name"                 varchar(50) NOT NULL DEFAULT '',
  "Ship-to Name 2"               varchar(50) NOT NULL DEFAULT '',
  "Ship-to Address"              varchar(50) NOT NULL DEFAULT '',
  "Ship-to Address 2"            varchar(50) NOT NULL DEFAULT '',
  "Ship-to City"                 varchar(30) NOT NULL DEFAULT '',
  "Ship-to Post Code"            varchar(20) NOT NULL DEFAULT '',
  "Ship-to Country_Region Code"  varchar(10) NOT NULL DEFAULT '',
  "Order Date"               timestamp(3) NOT NULL DEFAULT '1753-01-01',
  "Posting Date"             timestamp(3) NOT NULL DEFAULT '1753-01-01',
  "Shipment Date"            timestamp(3) NOT NULL DEFAULT '1753-01-01',
  "Requested Delivery Date"  timestamp(3) NOT NULL DEFAULT '1753-01-01',
  "Promised Delivery Date"   timestamp(3) NOT NULL DEFAULT '1753-01-01',
  "Payment Terms Code"       varchar(10) NOT NULL DEFAULT '',
  "Payment Method Code"      varchar(10) NOT NULL DEFAULT '',
  "Shipment Method Code"     varchar(10) NOT NULL DEFAULT '',
  "Location Code"            varchar(10) NOT NULL DEFAULT '',
  "Currency Code"            varchar(10) NOT NULL DEFAULT '',
  "Prices Including VAT"     smallint NOT NULL DEFAULT 0,
  "Salesperson Code"         varchar(20) NOT NULL DEFAULT '',
  "No_ Series"               varchar(20) NOT NULL DEFAULT '',
  "Status"                   integer NOT NULL DEFAULT 0,
  "Web Comment"              varchar(250) NOT NULL DEFAULT '',
  "Web Items Total"          numeric(38,20) NOT NULL DEFAULT 0,
  "Web Shipping Total"       numeric(38,20) NOT NULL DEFAULT 0,
  "Web Grand Total"          numeric(38,20) NOT NULL DEFAULT 0,
  CONSTRAINT "CRONUS France$Sales Header$0" PRIMARY KEY ("Document Type", "No_")
);
CREATE INDEX "CRONUS France$Sales Header$1" ON "CRONUS France$Sales Header" ("Sell-to Customer No_", "External Document No_");

CREATE TABLE "CRONUS France$Sales Line" (
  "Document Type"         integer NOT NULL,
  "Document No_"          varchar(20) NOT NULL,
  "Line No_"              integer NOT NULL,
  "Sell-to Customer No_"  varchar(20) NOT NULL DEFAULT '',
  "Type"                  integer NOT NULL DEFAULT 0,
  "No_"                   varchar(20) NOT NULL DEFAULT '',
  "Location Code"         varchar(10) NOT NULL DEFAULT '',
  "Description"           varchar(100) NOT NULL DEFAULT '',
  "Description 2"         varchar(50) NOT NULL DEFAULT '',
  "Unit of Measure Code"  varchar(10) NOT NULL DEFAULT '',
  "Quantity"              numeric(38,20) NOT NULL DEFAULT 0,
  "Outstanding Quantity"  numeric(38,20) NOT NULL DEFAULT 0,
  "Qty_ to Ship"          numeric(38,20) NOT NULL DEFAULT 0,
  "Unit Price"            numeric(38,20) NOT NULL DEFAULT 0,
  "VAT _"                 numeric(38,20) NOT NULL DEFAULT 0,
  "Line Discount _"       numeric(38,20) NOT NULL DEFAULT 0,
  "Line Amount"           numeric(38,20) NOT NULL DEFAULT 0,
  "Quantity Shipped"      numeric(38,20) NOT NULL DEFAULT 0,
  "Quantity Invoiced"     numeric(38,20) NOT NULL DEFAULT 0,
  "Attached to Line No_"  integer NOT NULL DEFAULT 0,
  "Variant Code"          varchar(10) NOT NULL DEFAULT '',
  CONSTRAINT "CRONUS France$Sales Line$0" PRIMARY KEY ("Document Type", "Document No_", "Line No_")
);

-- Navision hands out the numbers of new orders itself, one after the other, from the series of its set-up.
CREATE TABLE "CRONUS France$No_ Series Line" (
  "Series Code"       varchar(20) NOT NULL,
  "Line No_"          integer NOT NULL,
  "Starting No_"      varchar(20) NOT NULL DEFAULT '',
  "Ending No_"        varchar(20) NOT NULL DEFAULT '',
  "Increment-by No_"  integer NOT NULL DEFAULT 1,
  "Last No_ Used"     varchar(20) NOT NULL DEFAULT '',
  CONSTRAINT "CRONUS France$No_ Series Line$0" PRIMARY KEY ("Series Code", "Line No_")
);
INSERT INTO "CRONUS France$No_ Series Line" VALUES ('V-CDE', 10000, 'SO-000001', 'SO-999999', 1, 'SO-000000');

-- Whoever enters an order gets a number, and needs no right to the series.
CREATE FUNCTION order_no_from_series() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE "CRONUS France$No_ Series Line"
     SET "Last No_ Used" = 'SO-' || lpad((substr("Last No_ Used", 4)::integer + "Increment-by No_")::text, 6, '0')
   WHERE "Series Code" = 'V-CDE' RETURNING "Last No_ Used", "Series Code" INTO NEW."No_", NEW."No_ Series";
  RETURN NEW;
END $$;

CREATE TRIGGER "CRONUS France$Sales Header$No_" BEFORE INSERT ON "CRONUS France$Sales Header"
  FOR EACH ROW WHEN (NEW."Document Type" = 1 AND coalesce(NEW."No_", '') = '')
  EXECUTE FUNCTION order_no_from_series();

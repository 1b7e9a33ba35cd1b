-- The same tables on MariaDB. Texts compare as such companies have them: without regard to case, accents and blanks at
-- the end. The blank of a date is 1753-01-01.
SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES');

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
  "Blocked"                  int NOT NULL DEFAULT 0,
  "Privacy Blocked"          tinyint NOT NULL DEFAULT 0,
  "Prices Including VAT"     tinyint NOT NULL DEFAULT 0,
  "Web Newsletter"           tinyint NOT NULL DEFAULT 0,
  "Last Modified Date Time"  datetime(3) NOT NULL DEFAULT '1753-01-01',
  "Last Date Modified"       datetime(3) NOT NULL DEFAULT '1753-01-01',
  CONSTRAINT "CRONUS France$Customer$0" PRIMARY KEY ("No_")
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
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
  "Last Date Modified"   datetime(3) NOT NULL DEFAULT '1753-01-01',
  CONSTRAINT "CRONUS France$Ship-to Address$0" PRIMARY KEY ("Customer No_", "Code")
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE TABLE "CRONUS France$Item" (
  "No_"                      varchar(20) NOT NULL,
  "Description"              varchar(100) NOT NULL DEFAULT '',
  "Search Description"       varchar(100) NOT NULL DEFAULT '',
  "Description 2"            varchar(50) NOT NULL DEFAULT '',
  "Base Unit of Measure"     varchar(10) NOT NULL DEFAULT '',
  "Type"                     int NOT NULL DEFAULT 0,
  "Unit Price"               decimal(38,20) NOT NULL DEFAULT 0,
  "Price Includes VAT"       tinyint NOT NULL DEFAULT 0,
  "Blocked"                  tinyint NOT NULL DEFAULT 0,
  "Gross Weight"             decimal(38,20) NOT NULL DEFAULT 0,
  "VAT Prod_ Posting Group"  varchar(20) NOT NULL DEFAULT '',
  "Item Category Code"       varchar(20) NOT NULL DEFAULT '',
  "GTIN"                     varchar(14) NOT NULL DEFAULT '',
  "Vintage"                  int NOT NULL DEFAULT 0,
  "Bottle Size cl"           int NOT NULL DEFAULT 0,
  "Web Published"            tinyint NOT NULL DEFAULT 0,
  "Last Date Modified"       datetime(3) NOT NULL DEFAULT '1753-01-01',
  CONSTRAINT "CRONUS France$Item$0" PRIMARY KEY ("No_")
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE TABLE "CRONUS France$Web Stock" (
  "Item No_"            varchar(20) NOT NULL,
  "Location Code"       varchar(10) NOT NULL,
  "Quantity"            decimal(38,20) NOT NULL DEFAULT 0,
  "Reserved Quantity"   decimal(38,20) NOT NULL DEFAULT 0,
  "Last Date Modified"  datetime(3) NOT NULL DEFAULT '1753-01-01',
  CONSTRAINT "CRONUS France$Web Stock$0" PRIMARY KEY ("Item No_", "Location Code")
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE TABLE "CRONUS France$Sales Header" (
  "Document Type"            int NOT NULL,
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
  "Order Date"               datetime(3) NOT NULL DEFAULT '1753-01-01',
  "Posting Date"             datetime(3) NOT NULL DEFAULT '1753-01-01',
  "Shipment Date"            datetime(3) NOT NULL DEFAULT '1753-01-01',
  "Requested Delivery Date"  datetime(3) NOT NULL DEFAULT '1753-01-01',
  "Promised Delivery Date"   datetime(3) NOT NULL DEFAULT '1753-01-01',
  "Payment Terms Code"       varchar(10) NOT NULL DEFAULT '',
  "Payment Method Code"      varchar(10) NOT NULL DEFAULT '',
  "Shipment Method Code"     varchar(10) NOT NULL DEFAULT '',
  "Location Code"            varchar(10) NOT NULL DEFAULT '',
  "Currency Code"            varchar(10) NOT NULL DEFAULT '',
  "Prices Including VAT"     tinyint NOT NULL DEFAULT 0,
  "Salesperson Code"         varchar(20) NOT NULL DEFAULT '',
  "No_ Series"               varchar(20) NOT NULL DEFAULT '',
  "Status"                   int NOT NULL DEFAULT 0,
  "Web Comment"              varchar(250) NOT NULL DEFAULT '',
  "Web Items Total"          decimal(38,20) NOT NULL DEFAULT 0,
  "Web Shipping Total"       decimal(38,20) NOT NULL DEFAULT 0,
  "Web Grand Total"          decimal(38,20) NOT NULL DEFAULT 0,
  CONSTRAINT "CRONUS France$Sales Header$0" PRIMARY KEY ("Document Type", "No_")
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE INDEX "CRONUS France$Sales Header$1" ON "CRONUS France$Sales Header" ("Sell-to Customer No_", "External Document No_");

CREATE TABLE "CRONUS France$Sales Line" (
  "Document Type"         int NOT NULL,
  "Document No_"          varchar(20) NOT NULL,
  "Line No_"              int NOT NULL,
  "Sell-to Customer No_"  varchar(20) NOT NULL DEFAULT '',
  "Type"                  int NOT NULL DEFAULT 0,
  "No_"                   varchar(20) NOT NULL DEFAULT '',
  "Location Code"         varchar(10) NOT NULL DEFAULT '',
  "Description"           varchar(100) NOT NULL DEFAULT '',
  "Description 2"         varchar(50) NOT NULL DEFAULT '',
  "Unit of Measure Code"  varchar(10) NOT NULL DEFAULT '',
  "Quantity"              decimal(38,20) NOT NULL DEFAULT 0,
  "Outstanding Quantity"  decimal(38,20) NOT NULL DEFAULT 0,
  "Qty_ to Ship"          decimal(38,20) NOT NULL DEFAULT 0,
  "Unit Price"            decimal(38,20) NOT NULL DEFAULT 0,
  "VAT _"                 decimal(38,20) NOT NULL DEFAULT 0,
  "Line Discount _"       decimal(38,20) NOT NULL DEFAULT 0,
  "Line Amount"           decimal(38,20) NOT NULL DEFAULT 0,
  "Quantity Shipped"      decimal(38,20) NOT NULL DEFAULT 0,
  "Quantity Invoiced"     decimal(38,20) NOT NULL DEFAULT 0,
  "Attached to Line No_"  int NOT NULL DEFAULT 0,
  "Variant Code"          varchar(10) NOT NULL DEFAULT '',
  CONSTRAINT "CRONUS France$Sales Line$0" PRIMARY KEY ("Document Type", "Document No_", "Line No_")
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

-- Navision hands out the numbers of new orders itself, one after the other, from the series of its set-up.
CREATE TABLE "CRONUS France$No_ Series Line" (
  "Series Code"       varchar(20) NOT NULL,
  "Line No_"          int NOT NULL,
  "Starting No_"      varchar(20) NOT NULL DEFAULT '',
  "Ending No_"        varchar(20) NOT NULL DEFAULT '',
  "Increment-by No_"  int NOT NULL DEFAULT 1,
  "Last No_ Used"     varchar(20) NOT NULL DEFAULT '',
  CONSTRAINT "CRONUS France$No_ Series Line$0" PRIMARY KEY ("Series Code", "Line No_")
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
INSERT INTO "CRONUS France$No_ Series Line" VALUES ('V-CDE', 10000, 'SO-000001', 'SO-999999', 1, 'SO-000000');

CREATE TRIGGER "CRONUS France$Sales Header$Series" BEFORE INSERT ON "CRONUS France$Sales Header" FOR EACH ROW
  UPDATE "CRONUS France$No_ Series Line"
     SET "Last No_ Used" = CONCAT('SO-', LPAD(CAST(SUBSTR("Last No_ Used", 4) AS int) + "Increment-by No_", 6, '0'))
   WHERE "Series Code" = 'V-CDE' AND NEW."Document Type" = 1 AND coalesce(NEW."No_", '') = '';

CREATE TRIGGER "CRONUS France$Sales Header$No_" BEFORE INSERT ON "CRONUS France$Sales Header" FOR EACH ROW
  FOLLOWS "CRONUS France$Sales Header$Series"
  SET NEW."No_ Series" = IF(NEW."Document Type" = 1 AND coalesce(NEW."No_", '') = '', 'V-CDE', NEW."No_ Series"),
      NEW."No_" = IF(NEW."Document Type" = 1 AND coalesce(NEW."No_", '') = '',
                     (SELECT "Last No_ Used" FROM "CRONUS France$No_ Series Line" WHERE "Series Code" = 'V-CDE'),
                     NEW."No_");

#!/usr/bin/env python3
"""Compares the shop and the ERP of the sample pair, field by field, with SQL of its own.

    deploy/compare.py --shop PLACE --erp PLACE

A place is sqlite:FILE, postgres:CONNINFO or mariadb:SOCKET:DATABASE.

Knows the mapping's conversions (Navision's blanks and home country, names over two columns, days in Paris, numbers of
states, decimals of any scale, the 100 characters of an order line), but nothing of miroir: neither its program nor its
state. Keys are not compared, since each site has its own: records are recognised by what they hold, and references by
what they lead to. Exit code 1 if the two differ.
"""
import argparse
import collections
import csv
import datetime
import decimal
import hashlib
import io
import itertools
import json
import sqlite3
import subprocess
import sys
import zoneinfo

CUSTOMER_FIELDS = [  # name, shop column or columns of one text, ERP column or columns, conversion
    ("email", "email", "E-Mail", "text"),
    ("name", ("first_name", "last_name"), ("Name", "Name 2"), "text"),
    ("company", "company", "Company Name", "text"),
    ("phone", "phone", "Phone No_", "text"),
    ("vat_number", "vat_number", "VAT Registration No_", "code"),
    ("line1", "line1", "Address", "text"),
    ("line2", "line2", "Address 2", "text"),
    ("postcode", "postcode", "Post Code", "text"),
    ("city", "city", "City", "text"),
    ("country", "country", "Country_Region Code", "country"),
    ("payment_terms", "payment_terms", "Payment Terms Code", "code"),
    ("newsletter", "newsletter", "Web Newsletter", "flag"),
    ("blocked", "blocked", "Privacy Blocked", "flag"),
    ("changed_at", "updated_at", "Last Modified Date Time", "instant"),
]
ADDRESS_FIELDS = [
    ("label", "label", "Web Label", "text"),
    ("name", "name", ("Name", "Name 2"), "text"),
    ("line1", "line1", "Address", "text"),
    ("line2", "line2", "Address 2", "text"),
    ("postcode", "postcode", "Post Code", "text"),
    ("city", "city", "City", "text"),
    ("country", "country", "Country_Region Code", "country"),
    ("phone", "phone", "Phone No_", "text"),
]
PRODUCT_FIELDS = [
    ("sku", "sku", "No_", "code"),
    ("name", "name", "Description", "text"),
    ("vintage", "vintage", "Vintage", "number"),
    ("bottle_cl", "bottle_cl", "Bottle Size cl", "number"),
    ("ean", "ean", "GTIN", "code"),
    ("price", "price", "Unit Price", "decimal"),
    ("published", "published", "Web Published", "flag"),
]
ORDER_FIELDS = [
    ("order_no", "order_no", "External Document No_", "code"),
    ("state", "state", "Status", "state"),
    ("currency", "currency", "Currency Code", "currency"),
    ("order_date", "placed_at", "Order Date", "day in Paris"),
    ("requested_date", "requested_date", "Requested Delivery Date", "date"),
    ("promised_date", "promised_date", "Promised Delivery Date", "date"),
    ("customer_note", "customer_note", "Web Comment", "text"),
    ("bill_name", "bill_name", ("Bill-to Name", "Bill-to Name 2"), "text"),
    ("bill_line1", "bill_line1", "Bill-to Address", "text"),
    ("bill_line2", "bill_line2", "Bill-to Address 2", "text"),
    ("bill_postcode", "bill_postcode", "Bill-to Post Code", "text"),
    ("bill_city", "bill_city", "Bill-to City", "text"),
    ("bill_country", "bill_country", "Bill-to Country_Region Code", "country"),
    ("ship_name", "ship_name", ("Ship-to Name", "Ship-to Name 2"), "text"),
    ("ship_line1", "ship_line1", "Ship-to Address", "text"),
    ("ship_line2", "ship_line2", "Ship-to Address 2", "text"),
    ("ship_postcode", "ship_postcode", "Ship-to Post Code", "text"),
    ("ship_city", "ship_city", "Ship-to City", "text"),
    ("ship_country", "ship_country", "Ship-to Country_Region Code", "country"),
    ("items_total", "items_total", "Web Items Total", "decimal"),
    ("shipping_total", "shipping_total", "Web Shipping Total", "decimal"),
    ("grand_total", "grand_total", "Web Grand Total", "decimal"),
]
LINE_FIELDS = [
    ("kind", "kind", "Type", "kind"),
    ("description", "description", "Description", "text100"),
    ("qty", "qty", "Quantity", "decimal"),
    ("unit_price", "unit_price", "Unit Price", "decimal"),
    ("discount_pct", "discount_pct", "Line Discount _", "decimal"),
    ("line_total", "line_total", "Line Amount", "decimal"),
]
STATES = {"0": "placed", "1": "accepted", "2": "on_hold", "3": "awaiting_payment"}


def as_date(text):
    return "" if text[:10] == "1753-01-01" else text[:10]


def day_in_paris(text):
    """The shop's moment, in UTC, as the day that it was in Paris; the ERP's day is one already."""
    if not as_date(text) or text[11:19] in ("", "00:00:00"):
        return as_date(text)
    moment = datetime.datetime.fromisoformat(text[:10] + "T" + text[11:19] + "+00:00")
    return str(moment.astimezone(zoneinfo.ZoneInfo("Europe/Paris")).date())


def as_instant(text):
    """PostgreSQL prints "2026-03-29 00:59:59+00" and Navision keeps no zone: to the second, in UTC."""
    return as_date(text) and text[:10] + " " + text[11:19]


def shortened(text):
    """The first 100 UTF-16 units, as Navision counts; half of a surrogate pair is dropped."""
    return text.encode("utf-16-le")[:200].decode("utf-16-le", errors="ignore")


CONVERSIONS = {
    "text": str,
    "text100": shortened,
    "code": lambda text: text.strip().upper(),
    "flag": lambda text: {"t": "1", "f": "0", "true": "1", "false": "0"}.get(text, text),
    "number": lambda text: "" if text in ("", "0") else str(int(text)),
    "decimal": lambda text: format(decimal.Decimal(text).normalize() + 0, "f"),
    "country": lambda text: text.strip().upper() or "FR",
    "date": as_date,
    "day in Paris": day_in_paris,
    "instant": as_instant,
    "state": lambda text: STATES.get(text, text),
    "currency": lambda text: text or "EUR",
    "kind": lambda text: {"0": "comment", "2": "item"}.get(text, text),
}


def lines_of(command):
    """What it prints, as it comes: two million rows are never in memory at once."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        yield from io.TextIOWrapper(process.stdout, encoding="utf-8", newline="")
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)


class Database:
    """Runs SQL that both databases understand; every value comes as text, and NULL as ''."""

    def __init__(self, place):
        kind, _, self.where = place.partition(":")
        readers = {"sqlite": self.rows_of_sqlite, "postgres": self.rows_of_postgres, "mariadb": self.rows_of_mariadb}
        if kind not in readers or not self.where:
            sys.exit(f"compare: {place!r} is neither sqlite:FILE nor postgres:CONNINFO nor mariadb:SOCKET:DATABASE")
        self.rows = readers[kind]

    def rows_of_sqlite(self, sql):
        with sqlite3.connect(f"file:{self.where}?mode=ro", uri=True) as connection:
            for row in connection.execute(sql):
                yield ["" if v is None else str(v) for v in row]

    def rows_of_postgres(self, sql):
        # One session setting, so that instants come in UTC.
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.where, "-c",
                   "SET TIME ZONE 'UTC'", "-c", f"COPY ({sql}) TO STDOUT (FORMAT csv)"]
        yield from csv.reader(lines_of(command))

    def rows_of_mariadb(self, sql):
        # Each row as a JSON array: the client's own output does not tell NULL from 'NULL'.
        socket, _, database = self.where.rpartition(":")
        columns, _, rest = sql.removeprefix("SELECT ").partition(" FROM ")
        command = ["mariadb", "--no-defaults", f"--socket={socket}", "--user=miroir_admin", "--batch", "--raw",
                   "--quick", "--skip-column-names", "--default-character-set=utf8mb4",
                   "--init-command=SET SESSION sql_mode = 'ANSI_QUOTES'", database,
                   "--execute", f"SELECT JSON_COMPACT(JSON_ARRAY({columns})) FROM {rest}"]
        for line in lines_of(command):
            yield ["" if v is None else v for v in json.loads(line, parse_int=str, parse_float=str)]


def names_of(field, site):
    return field[1 + site] if isinstance(field[1 + site], tuple) else (field[1 + site],)


def converted(fields, site, values):
    """Columns of one text are what they hold, with blanks between."""
    rest = iter(values)
    texts = (" ".join(filter(None, (next(rest) for _ in names_of(field, site)))) for field in fields)
    return tuple(f"{name}={CONVERSIONS[kind](text)}" for (name, _, _, kind), text in zip(fields, texts))


def columns(fields, site, table):
    return ", ".join(f'{table}."{name}"' for field in fields for name in names_of(field, site))


def read_customers(db, site):
    table = ("customer", '"CRONUS France$Customer"')[site]
    for row in db.rows(f"SELECT {columns(CUSTOMER_FIELDS, site, 't')} FROM {table} AS t"):
        yield converted(CUSTOMER_FIELDS, site, row)


def read_addresses(db, site):
    """Delivery addresses, each with the customer's e-mail."""
    sql = (f"SELECT c.email, {columns(ADDRESS_FIELDS, site, 't')} FROM customer_address AS t "
           "LEFT JOIN customer AS c ON c.id = t.customer_id",
           f'SELECT c."E-Mail", {columns(ADDRESS_FIELDS, site, "t")} FROM "CRONUS France$Ship-to Address" AS t '
           'LEFT JOIN "CRONUS France$Customer" AS c ON c."No_" = t."Customer No_"')[site]
    for email, *values in db.rows(sql):
        yield (f"customer={email}",) + converted(ADDRESS_FIELDS, site, values)


def read_products(db, site):
    table = ("product", '"CRONUS France$Item"')[site]
    for row in db.rows(f"SELECT {columns(PRODUCT_FIELDS, site, 't')} FROM {table} AS t"):
        yield converted(PRODUCT_FIELDS, site, row)


def read_stock(db, site):
    sql = ("SELECT p.sku, s.location, s.on_hand FROM stock AS s JOIN product AS p ON p.id = s.product_id",
           'SELECT s."Item No_", s."Location Code", s."Quantity" FROM "CRONUS France$Web Stock" AS s')[site]
    for sku, location, on_hand in db.rows(sql):
        yield f"sku={sku.upper()}", f"location={location}", f"on_hand={CONVERSIONS['decimal'](on_hand)}"


def read_lines(db, site):
    """By the order's key: its lines, each with its article; numbers are each site's own."""
    sql = (f"SELECT t.order_id, p.sku, {columns(LINE_FIELDS, site, 't')} FROM order_line AS t "
           "LEFT JOIN product AS p ON p.id = t.product_id",
           f'SELECT t."Document No_", t."No_", {columns(LINE_FIELDS, site, "t")} '
           'FROM "CRONUS France$Sales Line" AS t WHERE t."Document Type" = 1')[site]
    lines = collections.defaultdict(list)
    for key, article, *values in db.rows(sql):
        lines[key].append((f"article={article.upper()}",) + converted(LINE_FIELDS, site, values))
    return lines


def read_orders(db, site):
    """Whole orders: the header, whose customer is known by his e-mail, and the lines."""
    sql = (f"SELECT t.id, c.email, {columns(ORDER_FIELDS, site, 't')} FROM sales_order AS t "
           "LEFT JOIN customer AS c ON c.id = t.customer_id",
           f'SELECT t."No_", c."E-Mail", {columns(ORDER_FIELDS, site, "t")} '
           'FROM "CRONUS France$Sales Header" AS t LEFT JOIN "CRONUS France$Customer" AS c '
           'ON c."No_" = t."Sell-to Customer No_" WHERE t."Document Type" = 1')[site]
    lines = read_lines(db, site)
    for key, email, *values in db.rows(sql):
        yield (f"customer={email}",) + converted(ORDER_FIELDS, site, values) + tuple(sorted(lines.pop(key, [])))
    for key, orphans in lines.items():
        yield ("lines without an order at site", str(site), key) + tuple(orphans)


READERS = {"customers": read_customers, "addresses": read_addresses, "products": read_products, "stock": read_stock,
           "orders": read_orders}


def digest(record):
    """Stands for a record: a million of them as they are would not fit into memory."""
    return hashlib.blake2b(repr(record).encode(), digest_size=16).digest()


def shown(records, wanted):
    """The first three records whose digests are wanted."""
    return list(itertools.islice((record for record in records if digest(record) in wanted), 3))


def compare(shop, erp):
    differences = 0
    for name, read in READERS.items():
        here, there = (collections.Counter(map(digest, read(*site))) for site in ((shop, 0), (erp, 1)))
        print(f"  {name:10} {sum(here.values()):6} in the shop, {sum(there.values()):6} in the ERP, "
              f"{sum((here & there).values()):6} equal")
        for site, number, only in (("shop", 0, here - there), ("erp", 1, there - here)):
            for record in shown(read((shop, erp)[number], number), only) if only else ():
                print(f"    only in the {site}: {record}")
            differences += sum(only.values())
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shop", required=True)
    parser.add_argument("--erp", required=True)
    arguments = parser.parse_args()
    differences = compare(Database(arguments.shop), Database(arguments.erp))
    print("  the two databases are equal" if differences == 0 else f"  {differences} records differ")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())

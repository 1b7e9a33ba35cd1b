-- Optional: the shop takes stock when an order line is inserted, whoever inserts it.
-- Stock is kept as text: the difference is taken in whole thousandths and printed as a decimal again, so that no
-- binary fraction gets into it.

CREATE TRIGGER order_line_takes_stock AFTER INSERT ON order_line
BEGIN
  UPDATE stock
     SET on_hand = (
           SELECT printf('%s%d.%03d', CASE WHEN milli < 0 THEN '-' ELSE '' END,
                         abs(milli) / 1000, abs(milli) % 1000)
             FROM (SELECT CAST(round(stock.on_hand * 1000) AS INTEGER)
                          - CAST(round(NEW.qty * 1000) AS INTEGER) AS milli))
   WHERE product_id = NEW.product_id AND location = 'WEB';
END;

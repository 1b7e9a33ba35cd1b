-- Optional: the shop takes stock when an order line is inserted, whoever inserts it. For shops that do so
-- themselves; what this trigger does while miroir delivers a line is a change of the shop's like any other.

CREATE FUNCTION take_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE stock SET on_hand = on_hand - NEW.qty
   WHERE product_id = NEW.product_id AND location = 'WEB';
  RETURN NULL;
END $$;

CREATE TRIGGER order_line_takes_stock AFTER INSERT ON order_line
  FOR EACH ROW EXECUTE FUNCTION take_stock();

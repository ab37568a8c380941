-- Another brand's numbers under the same names: amounts scaled row by row, orders dropped, days of the month changed,
-- anonymous buyers and customers who never joined put in, unknowns added. Run on a copy of the demo. What stays: the last
-- day, keys and references, items that add up to their order, refunds that are not above it.

-- orders: one in nine goes, with everything that hangs on it
CREATE TEMP TABLE gone AS SELECT order_id FROM orders WHERE hash(order_id, 'gone') % 9 = 0 AND coalesce(paid_at, created_at) < TIMESTAMP '2026-10-31';
DELETE FROM order_items WHERE order_id IN (FROM gone);
DELETE FROM refunds WHERE order_id IN (FROM gone);
UPDATE coupons SET order_id = NULL, used_at = NULL WHERE order_id IN (FROM gone);
DELETE FROM orders WHERE order_id IN (FROM gone);

-- each order's factor, and how many days it moves within its month (never on the last day, so that it stays the last)
CREATE TEMP TABLE moved AS
SELECT order_id, 0.4 + (hash(order_id, 'factor') % 1000) / 700.0 AS factor,
       CASE WHEN day >= DATE '2026-10-31' THEN 0
            WHEN date_trunc('month', day) = DATE '2026-10-01' THEN (day(day) - 1 + hash(order_id, 'day') % 30) % 30 + 1 - day(day)
            ELSE (day(day) - 1 + hash(order_id, 'day') % day(last_day(day))) % day(last_day(day)) + 1 - day(day) END AS days
FROM (SELECT order_id, CAST(coalesce(paid_at, created_at) AS DATE) AS day FROM orders);

UPDATE order_items SET paid_amount = round(order_items.paid_amount * factor, 2), list_amount = round(order_items.list_amount * factor, 2)
FROM moved WHERE moved.order_id = order_items.order_id;
UPDATE orders SET
  paid_amount = coalesce((SELECT sum(i.paid_amount) FROM order_items i WHERE i.order_id = orders.order_id), round(orders.paid_amount * factor, 2)),
  list_amount = round(list_amount * factor, 2), placed_amount = round(placed_amount * factor, 2),
  discount_amount = round(discount_amount * factor, 2), coupon_amount = round(coupon_amount * factor, 2),
  platform_subsidy = round(platform_subsidy * factor, 2), freight = round(freight * factor, 2),
  deposit_amount = round(deposit_amount * factor, 2),
  created_at = created_at + to_days(CAST(days AS INTEGER)), paid_at = paid_at + to_days(CAST(days AS INTEGER)),
  shipped_at = least(shipped_at + to_days(CAST(days AS INTEGER)), TIMESTAMP '2026-10-31 23:59:00'),
  deposit_paid_at = deposit_paid_at + to_days(CAST(days AS INTEGER)), balance_paid_at = balance_paid_at + to_days(CAST(days AS INTEGER))
FROM moved WHERE moved.order_id = orders.order_id;
UPDATE coupons SET used_at = used_at + to_days(CAST(days AS INTEGER)), face_value = round(face_value * factor, 2)
FROM moved WHERE moved.order_id = coupons.order_id;
UPDATE refunds SET
  refund_amount = least(round(refund_amount * factor, 2), (SELECT o.paid_amount FROM orders o WHERE o.order_id = refunds.order_id)),
  refunded_at = least(refunded_at + to_days(CAST(days AS INTEGER)), TIMESTAMP '2026-10-31 23:59:00')
FROM moved WHERE moved.order_id = refunds.order_id;

-- buyers: one in twelve becomes anonymous, one in thirty a customer whom nobody knows; guides are forgotten
UPDATE orders SET one_id = NULL WHERE hash(order_id, 'anonymous') % 12 = 0;
UPDATE orders SET one_id = 'EVAL' || (hash(order_id, 'stranger') % 900) WHERE one_id IS NOT NULL AND hash(order_id, 'stranger?') % 30 = 0;
UPDATE orders SET guide_id = NULL WHERE hash(order_id, 'guide') % 10 = 0;

-- members: unknowns, other days of joining, other balances, other prices of goods
UPDATE members SET gender = CASE WHEN hash(one_id, 'gender') % 15 = 0 THEN NULL ELSE gender END,
  city = CASE WHEN hash(one_id, 'city') % 20 = 0 THEN NULL ELSE city END,
  province = CASE WHEN hash(one_id, 'city') % 20 = 0 THEN NULL ELSE province END,
  points = CAST(points * (0.5 + (hash(one_id, 'points') % 100) / 80.0) AS INTEGER),
  registered_at = CASE WHEN registered_at >= TIMESTAMP '2026-10-01' THEN registered_at ELSE
    registered_at + to_days(CAST((day(registered_at) - 1 + hash(one_id, 'joined') % day(last_day(registered_at))) % day(last_day(registered_at)) + 1 - day(registered_at) AS INTEGER)) END;
DELETE FROM member_tags WHERE hash(one_id, tag, 'tag') % 8 = 0;
UPDATE products SET cost = round(cost * (0.6 + (hash(product_id) % 100) / 120.0), 2), tag_price = round(tag_price * (0.8 + (hash(product_id, 'tag') % 100) / 200.0), 2);

-- marketing and operations
DELETE FROM events WHERE hash(event_id) % 7 = 0;
DELETE FROM touchpoints WHERE hash(touch_id) % 7 = 0;
DELETE FROM sends WHERE hash(send_id) % 7 = 0;
DELETE FROM tickets WHERE hash(ticket_id) % 7 = 0;
DELETE FROM guide_tasks WHERE hash(task_id) % 7 = 0;
UPDATE touchpoints SET cost = round(cost * (0.5 + (hash(touch_id, 'cost') % 100) / 80.0), 4);
UPDATE media_spend SET cost = round(cost * (0.5 + (hash(spent_on, media, campaign_id) % 100) / 80.0), 2),
  clicks = CAST(clicks * (0.5 + (hash(campaign_id, spent_on, media) % 100) / 150.0) AS BIGINT),
  platform_revenue = round(platform_revenue * (0.5 + (hash(media, spent_on, campaign_id) % 100) / 80.0), 2);
UPDATE traffic_daily SET visitors = CAST(visitors * (0.5 + (hash(visited_on, channel, store_id, product_id) % 100) / 200.0) AS BIGINT),
  cart_users = CAST(cart_users * (0.5 + (hash(product_id, visited_on, channel, store_id) % 100) / 200.0) AS BIGINT);
UPDATE stock_daily SET quantity = CAST(quantity * (hash(product_id, store_id, stock_on) % 3) AS INTEGER);
UPDATE points_ledger SET delta = CAST(delta * (0.5 + (hash(entry_id) % 100) / 80.0) AS INTEGER);

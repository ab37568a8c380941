-- The oracle's own definitions, independent of the model (compare knowledge of the house: valid paid orders).
CREATE VIEW paid AS
SELECT o.*, o.paid_amount - coalesce((SELECT sum(refund_amount) FROM refunds r WHERE r.order_id = o.order_id), 0) AS net_amount
FROM orders o
WHERE o.paid_at IS NOT NULL AND o.status NOT IN ('cancelled', 'risk_blocked')
  AND NOT EXISTS (SELECT 1 FROM members m WHERE m.is_staff AND m.one_id = o.one_id);
CREATE VIEW first_paid AS
SELECT one_id, min(paid_at) AS first_paid_at, max(paid_at) AS last_paid_at FROM paid WHERE one_id IS NOT NULL GROUP BY one_id;

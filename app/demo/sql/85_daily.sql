-- name: traffic_products
-- The product pages that traffic is counted for; everything else lands on product_id ''.
CREATE TEMP TABLE traffic_product AS
SELECT sku_no, product_id, launch_day, 0.02 + 0.04 * u(250, sku_no) AS share FROM sku
WHERE product_id IN ('G001-1', 'G002-1', 'G006-1', 'G007-1', 'G010-1', 'G013-1', 'G016-1', 'G025-1', 'G032-1', 'G036-1', 'D004-1', 'D005-1');

-- name: channel_visitors
-- Visitors of a channel and day = orders / conversion. In an outage people still come: the neighbouring weeks say how many.
CREATE TEMP TABLE channel_visitors AS
SELECT d.channel_no, d.day_no, c.code,
       (CASE WHEN o.id IS NULL THEN d.orders ELSE (b.orders + coalesce(a.orders, b.orders)) / 2 END + 0.4)
       / (c.cvr * (0.95 + 0.1 * u(251, d.channel_no * 1000 + d.day_no)) * (1 + (least(y.online, 3) - 1) * 0.12) * CASE WHEN m.id IS NULL THEN 1 ELSE m.kept END)
       * coalesce(t.kept, 1) AS visitors
FROM channel_day d JOIN channel c USING (channel_no) JOIN day y USING (day_no)
LEFT JOIN channel_day b ON b.channel_no = d.channel_no AND b.day_no = d.day_no - 7
LEFT JOIN channel_day a ON a.channel_no = d.channel_no AND a.day_no = d.day_no + 7
LEFT JOIN cause o ON o.kind = 'channel_outage' AND o.channel = c.code AND d.day_no BETWEEN o.start_day AND o.end_day
LEFT JOIN cause m ON m.kind = 'mix_shift' AND d.day_no BETWEEN m.start_day AND m.end_day
LEFT JOIN cause t ON t.kind = 'tracking_loss' AND t.channel = c.code AND d.day_no BETWEEN t.start_day AND t.end_day
WHERE c.is_online;

-- name: traffic_online
-- Every visitor is in exactly one row, by landing page: rows add up to the channel. store_id '' = not a shop.
INSERT INTO traffic_daily
WITH page AS (
    SELECT v.channel_no, v.day_no, v.code, p.product_id, p.sku_no, v.visitors * p.share * (0.8 + 0.4 * u(252, (p.sku_no * 8 + v.channel_no)::BIGINT * 1000 + v.day_no)) AS visitors
    FROM channel_visitors v JOIN traffic_product p ON p.launch_day <= v.day_no
), landing AS (
    SELECT * FROM page
    UNION ALL
    SELECT v.channel_no, v.day_no, v.code, '', 0, greatest(1, v.visitors - p.visitors) FROM channel_visitors v JOIN (SELECT channel_no, day_no, sum(round(visitors)::BIGINT) AS visitors FROM page GROUP BY 1, 2) p USING (channel_no, day_no)
), counted AS (
    SELECT *, round(visitors)::BIGINT AS people, (sku_no * 8 + channel_no)::BIGINT * 1000 + day_no AS n FROM landing
)
SELECT on_day(day_no), code, '', product_id, round(people * (2.2 + 1.2 * u(253, n)))::BIGINT, people, round(people * (0.10 + 0.06 * u(254, n)))::BIGINT, round(people * (0.04 + 0.03 * u(255, n)))::BIGINT
FROM counted WHERE people > 0 ORDER BY day_no, code, product_id;

-- name: traffic_shops
-- People who walked in, for every day a shop was open; no pages, carts or favourites.
INSERT INTO traffic_daily
WITH shop_day AS (
    SELECT p.store_no, p.store_id, d.day_no, coalesce(f.orders, 0) AS orders, m.kept AS lift
    FROM store_plan p JOIN day d ON d.day_on >= p.opened_on
    LEFT JOIN (SELECT store_no, day_no, count(*) AS orders FROM order_fact WHERE store_no IS NOT NULL GROUP BY 1, 2) f ON f.store_no = p.store_no AND f.day_no = d.day_no
    LEFT JOIN cause m ON m.kind = 'mix_shift' AND d.day_no BETWEEN m.start_day AND m.end_day
    LEFT JOIN cause k ON k.kind = 'store_closed' AND k.store_id = p.store_id AND d.day_no BETWEEN k.start_day AND k.end_day
    WHERE k.id IS NULL
)
SELECT on_day(s.day_no), 'store', s.store_id, '', 0, ceil((s.orders + 0.3) / (c.cvr * (0.9 + 0.2 * u(256, s.store_no * 1000 + s.day_no)) * coalesce(s.lift, 1)))::BIGINT, 0, 0
FROM shop_day s JOIN channel c ON c.code = 'store' ORDER BY s.day_no, s.store_id;

-- name: stock_days
-- The days on which stock is counted: every Sunday, and daily in the last 120 days.
CREATE TEMP TABLE stock_day AS SELECT day_no, day_on FROM day WHERE weekday = 7 OR day_no > 670;

-- name: stock_daily
-- Every SKU in the online warehouse (store_id ''), a core range in open shops. Stock saws down to the next delivery; 0 when sold out.
INSERT INTO stock_daily
WITH place AS (
    SELECT 0 AS store_no, '' AS store_id, DATE '2019-01-01' AS opened_on, 60.0 AS size, NULL AS brand_no
    UNION ALL SELECT store_no, store_id, opened_on, 0.4 + weight / 40.0, CASE brand_id WHEN 'glow' THEN 1 ELSE 2 END FROM store_plan
), shelf AS (
    SELECT p.store_no, p.store_id, p.opened_on, p.size, s.sku_no, s.product_id, s.launch_day, s.weight, (s.sku_no * 64 + p.store_no)::BIGINT AS n
    FROM place p JOIN sku s ON p.store_no = 0 OR (p.brand_no = s.brand_no AND s.weight >= 330)
)
SELECT d.day_on, h.product_id, h.store_id,
       CASE WHEN o.sku_no IS NOT NULL OR (h.store_no > 0 AND u(260, h.n * 1000 + d.day_no // 5) < 0.015) THEN 0
            ELSE ceil(h.size * h.weight / 12 * greatest(1, getvariable('people') / 36000.0) * (1.15 - ((d.day_no + floor(21 * u(261, h.n))) % 21) / 21.0) * (0.9 + 0.2 * u(262, h.n * 1000 + d.day_no))) END::INTEGER
FROM shelf h JOIN stock_day d ON d.day_no >= h.launch_day AND d.day_on >= h.opened_on
LEFT JOIN stock_out o ON o.sku_no = h.sku_no AND d.day_no BETWEEN o.start_day AND o.end_day
LEFT JOIN cause k ON k.kind = 'store_closed' AND k.store_id = h.store_id AND d.day_no BETWEEN k.start_day AND k.end_day
WHERE k.id IS NULL ORDER BY d.day_on, h.product_id, h.store_id;

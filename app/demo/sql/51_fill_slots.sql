-- name: fill_order_slots
-- k = 0 is the first order, on the day of acquisition (early buyers: any day of their life); the others follow the channel's curve.
INSERT INTO order_slot
WITH attempt AS (
    SELECT p.no, p.kind, p.brand_no AS home_brand, p.is_early, p.acquired_day, p.last_day, p.home_channel, p.city_no,
           unnest(range(0, p.extra_orders + 1)) AS k
    FROM person p WHERE p.no BETWEEN getvariable('from_person') AND getvariable('to_person') AND p.extra_orders >= 0
), numbered AS (
    SELECT *, no::BIGINT * 64 + k AS order_no FROM attempt
), channelled AS (
    SELECT *, CASE WHEN k = 0 OR u(31, order_no) < 0.72 THEN home_channel ELSE pick_channel(u(32, order_no), acquired_day / 791.0, false) END AS channel_no,
           CASE WHEN u(33, order_no) < 0.07 THEN 3 - home_brand ELSE home_brand END::TINYINT AS online_brand
    FROM numbered
), placed AS (
    SELECT c.*, least(32767, floor(32768 * (f.share_before + u(34, c.order_no) * (t.share_before + 0.0006 - f.share_before))))::INTEGER AS bucket
    FROM channelled c
    JOIN curve f ON f.channel_no = c.channel_no AND f.day_no = c.acquired_day
    JOIN curve t ON t.channel_no = c.channel_no AND t.day_no = c.last_day
), dated AS (
    SELECT p.*, CASE WHEN p.k = 0 AND NOT p.is_early THEN p.acquired_day ELSE greatest(p.acquired_day, b.day_no) END::SMALLINT AS day_no,
           CASE WHEN p.channel_no = 6 THEN home_brand ELSE online_brand END AS brand_no
    FROM placed p JOIN curve_bucket b ON b.channel_no = p.channel_no AND b.bucket = p.bucket
), shopped AS (
    SELECT d.*, CASE WHEN d.channel_no = 6 THEN CASE WHEN u(35, d.order_no) < 0.85 THEN coalesce(h.store_no, pick(getvariable('store_picks')[d.brand_no], u(36, d.no)))
                          ELSE pick(getvariable('store_picks')[d.brand_no], u(37, d.order_no)) END END::SMALLINT AS wished_store
    FROM dated d LEFT JOIN home_store h ON h.city_no = d.city_no AND h.brand_no = d.brand_no AND h.slot = floor(u(38, d.no) * 8)::INTEGER
), opened AS (
    -- A shop that has not opened yet: its buyers go to the brand's first shop.
    SELECT s.*, CASE WHEN s.wished_store IS NOT NULL AND date_diff('day', on_day(s.day_no), t.opened_on) > 0
                     THEN CASE WHEN s.brand_no = 1 THEN 1 ELSE 27 END ELSE s.wished_store END::SMALLINT AS store_no
    FROM shopped s LEFT JOIN store_plan t ON t.store_no = s.wished_store
)
SELECT o.order_no, o.no, o.k::TINYINT, o.kind, o.brand_no, o.channel_no, o.day_no,
       (o.day_no::INTEGER * 86400
        + CASE WHEN y.is_kick_off AND o.channel_no <> 6 AND u(39, o.order_no) < 0.6 THEN 72000 + floor(u(40, o.order_no) * 14400)
               WHEN o.channel_no = 6 THEN pick(getvariable('minutes_shop'), u(41, o.order_no)) * 60 + floor(u(42, o.order_no) * 3600)
               ELSE pick(getvariable('minutes_online'), u(41, o.order_no)) * 60 + floor(u(42, o.order_no) * 3600) END)::INTEGER,
       o.store_no
FROM opened o
JOIN day y ON y.day_no = o.day_no
LEFT JOIN thinning w ON w.channel_no = o.channel_no AND w.store_no = 0 AND w.day_no = o.day_no
LEFT JOIN thinning x ON x.channel_no = o.channel_no AND x.store_no = o.store_no AND x.day_no = o.day_no
WHERE u(43, o.order_no) < coalesce(w.kept, 1) * coalesce(x.kept, 1)
ORDER BY o.order_no;

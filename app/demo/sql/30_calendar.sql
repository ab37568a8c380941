-- name: promo
-- Promo windows with their pull on online channels and on shops. Spot-sale kick-offs of 618 and 双11 start at 20:00 (kick = true),
-- the windows of 2026 continue the pattern of the platforms' earlier years.
CREATE TEMP TABLE promo AS
SELECT name, day_number(starts) AS start_day, day_number(ends) AS end_day, online, shop, kick FROM (VALUES
    ('99大促',   DATE '2024-09-06', DATE '2024-09-09', 1.6, 1.1, false), ('99大促', DATE '2025-09-06', DATE '2025-09-09', 1.6, 1.1, false),
    ('99大促',   DATE '2026-09-06', DATE '2026-09-09', 1.6, 1.1, false),
    ('国庆',     DATE '2024-10-01', DATE '2024-10-07', 0.9, 1.5, false), ('国庆',   DATE '2025-10-01', DATE '2025-10-08', 0.9, 1.5, false),
    ('国庆',     DATE '2026-10-01', DATE '2026-10-07', 0.9, 1.5, false),
    ('双11预售', DATE '2024-10-14', DATE '2024-10-20', 2.4, 1.0, true),  ('双11预售', DATE '2025-10-15', DATE '2025-10-19', 2.6, 1.0, true),
    ('双11预售', DATE '2026-10-15', DATE '2026-10-19', 2.6, 1.0, true),
    ('双11开门红', DATE '2024-10-21', DATE '2024-10-24', 3.8, 1.2, true), ('双11开门红', DATE '2025-10-20', DATE '2025-10-23', 3.8, 1.2, true),
    ('双11开门红', DATE '2026-10-20', DATE '2026-10-23', 3.8, 1.2, true),
    ('双11',     DATE '2024-10-25', DATE '2024-10-30', 1.3, 1.1, false), ('双11',   DATE '2025-10-24', DATE '2025-10-30', 1.3, 1.1, false),
    ('双11',     DATE '2026-10-24', DATE '2026-10-30', 1.3, 1.1, false),
    ('双11',     DATE '2024-10-31', DATE '2024-11-03', 3.6, 1.3, true),  ('双11',   DATE '2025-10-31', DATE '2025-11-03', 3.6, 1.3, true),
    ('双11',     DATE '2026-10-31', DATE '2026-10-31', 3.6, 1.3, true),
    ('双11',     DATE '2024-11-04', DATE '2024-11-08', 1.4, 1.1, false), ('双11',   DATE '2025-11-04', DATE '2025-11-08', 1.4, 1.1, false),
    ('双11',     DATE '2024-11-09', DATE '2024-11-11', 5.0, 1.5, false), ('双11',   DATE '2025-11-09', DATE '2025-11-11', 5.0, 1.5, false),
    ('双12',     DATE '2024-12-09', DATE '2024-12-12', 1.6, 1.1, false), ('双12',   DATE '2025-12-09', DATE '2025-12-12', 1.6, 1.1, false),
    ('圣诞',     DATE '2024-12-20', DATE '2024-12-25', 1.1, 1.4, false), ('圣诞',   DATE '2025-12-20', DATE '2025-12-25', 1.1, 1.4, false),
    ('年货节',   DATE '2025-01-01', DATE '2025-01-22', 1.2, 1.2, false), ('年货节', DATE '2026-01-20', DATE '2026-02-10', 1.2, 1.2, false),
    ('春节',     DATE '2025-01-26', DATE '2025-02-04', 0.45, 0.5, false), ('春节',  DATE '2026-02-14', DATE '2026-02-23', 0.45, 0.5, false),
    ('38节',     DATE '2025-02-28', DATE '2025-03-06', 1.4, 1.2, false), ('38节',   DATE '2026-02-28', DATE '2026-03-06', 1.4, 1.2, false),
    ('38节',     DATE '2025-03-07', DATE '2025-03-08', 2.4, 1.6, false), ('38节',   DATE '2026-03-07', DATE '2026-03-08', 2.4, 1.6, false),
    ('春日会员周', DATE '2025-04-14', DATE '2025-04-18', 2.2, 2.0, false), ('春日会员周', DATE '2026-03-23', DATE '2026-03-27', 2.2, 2.0, false),
    ('520',      DATE '2025-05-17', DATE '2025-05-20', 1.2, 1.4, false), ('520',    DATE '2026-05-17', DATE '2026-05-20', 1.2, 1.4, false),
    ('618',      DATE '2025-05-13', DATE '2025-05-16', 3.0, 1.1, true),  ('618',    DATE '2026-05-13', DATE '2026-05-16', 3.0, 1.1, true),
    ('618',      DATE '2025-05-17', DATE '2025-05-30', 1.25, 1.0, false), ('618',   DATE '2026-05-17', DATE '2026-05-30', 1.25, 1.0, false),
    ('618',      DATE '2025-05-31', DATE '2025-06-03', 2.8, 1.2, true),  ('618',    DATE '2026-05-31', DATE '2026-06-03', 2.8, 1.2, true),
    ('618',      DATE '2025-06-04', DATE '2025-06-14', 1.2, 1.0, false), ('618',    DATE '2026-06-04', DATE '2026-06-14', 1.2, 1.0, false),
    ('618',      DATE '2025-06-15', DATE '2025-06-18', 3.8, 1.3, false), ('618',    DATE '2026-06-15', DATE '2026-06-18', 3.8, 1.3, false),
    ('七夕',     DATE '2025-08-23', DATE '2025-08-29', 1.35, 1.5, false), ('七夕',  DATE '2026-08-13', DATE '2026-08-19', 1.35, 1.5, false)
) t(name, starts, ends, online, shop, kick);

-- name: day_facts
-- One row per day of history: weekday, promo pull, whether it opens a promo at 20:00, whether deposits are taken.
CREATE TEMP TABLE day AS
SELECT d.day_no, on_day(d.day_no) AS day_on, isodow(on_day(d.day_no)) AS weekday, day(on_day(d.day_no)) = 28 AS is_member_day,
       coalesce(product(p.online), 1) AS online, coalesce(product(p.shop), 1) AS shop,
       coalesce(bool_or(p.kick AND p.start_day = d.day_no), false) AS is_kick_off,
       coalesce(bool_or(p.name = '双11预售'), false) AS is_presale,
       max(CASE WHEN p.name = '双11预售' THEN p.end_day + 1 END) AS balance_day
FROM (SELECT unnest(range(0, 791))::INTEGER AS day_no) d LEFT JOIN promo p ON d.day_no BETWEEN p.start_day AND p.end_day
GROUP BY d.day_no ORDER BY d.day_no;

-- name: intensity
-- How many orders a channel attracts on a day, as an integer (sums of floats would depend on the number of threads).
-- Channel 0 is the pull on first-time buyers over all channels.
CREATE TEMP TABLE intensity AS
SELECT c.channel_no, d.day_no,
       greatest(1, round(1000
         * (1 + CASE c.code WHEN 'douyin' THEN 0.45 WHEN 'xiaohongshu' THEN 0.5 WHEN 'store' THEN 0.02 WHEN 'wechat_mini' THEN 0.25 WHEN 'all' THEN 0.7 ELSE 0.12 END * d.day_no / 791.0)
         * CASE WHEN NOT c.is_online THEN [0.82, 0.80, 0.84, 0.88, 1.02, 1.36, 1.28][d.weekday] ELSE [1.04, 1.03, 1.02, 1.02, 0.98, 0.94, 0.97][d.weekday] END
         * CASE WHEN NOT c.is_online THEN d.shop WHEN c.code IN ('tmall', 'jd', 'douyin') THEN d.online ELSE 1 + (d.online - 1) * 0.6 END
         * CASE WHEN d.is_member_day AND c.code IN ('wechat_mini', 'store', 'app') THEN 1.35 ELSE 1 END
         * CASE WHEN m.id IS NOT NULL THEN 3.0 ELSE 1 END
         * (0.94 + 0.12 * u(10, c.channel_no * 1000 + d.day_no))))::BIGINT AS weight
FROM (SELECT channel_no, code, is_online FROM channel UNION ALL SELECT 0, 'all', true) c CROSS JOIN day d
LEFT JOIN cause m ON m.kind = 'mix_shift' AND m.channel = c.code AND d.day_no BETWEEN m.start_day AND m.end_day;

-- name: curve
-- Per channel: the share of all its orders before a day; `first_bucket` of 32,768 equal slices of that share.
CREATE TEMP TABLE curve AS
WITH running AS (
    SELECT channel_no, day_no, weight, sum(weight) OVER (PARTITION BY channel_no ORDER BY day_no)::BIGINT AS upto,
           sum(weight) OVER (PARTITION BY channel_no)::BIGINT AS total
    FROM intensity
)
SELECT channel_no, day_no, (upto - weight)::DOUBLE / total AS share_before, ((upto - weight) * 32768) // total AS first_bucket, (upto * 32768) // total AS next_bucket
FROM running;

-- name: curve_bucket
-- The curve the other way round: (channel, bucket) → day.
CREATE TEMP TABLE curve_bucket AS
SELECT channel_no, day_no::SMALLINT AS day_no, unnest(range(first_bucket, next_bucket))::INTEGER AS bucket FROM curve;

-- name: minutes_online
-- Minute of the day for equal slices of an online day: busiest in the evening.
SET VARIABLE minutes_online = (SELECT list(h * 60 ORDER BY h, k) FROM (
    SELECT h, unnest(range(0, CASE WHEN h < 7 THEN 2 WHEN h < 10 THEN 6 WHEN h < 18 THEN 9 WHEN h < 20 THEN 10 WHEN h < 23 THEN 16 ELSE 9 END)) AS k
    FROM (SELECT unnest(range(0, 24)) AS h) x));

-- name: minutes_shop
-- The same for shops, open from 10:00 to 22:00.
SET VARIABLE minutes_shop = (SELECT list(h * 60 ORDER BY h, k) FROM (
    SELECT h, unnest(range(0, CASE WHEN h < 14 THEN 7 WHEN h < 18 THEN 9 WHEN h < 21 THEN 12 ELSE 6 END)) AS k
    FROM (SELECT unnest(range(10, 22)) AS h) x));

-- name: thinning
-- Orders lost to a planted cause: share kept per (channel, store, day); store_no 0 = the whole channel.
CREATE TEMP TABLE thinning AS
SELECT c.channel_no, coalesce(s.store_no, 0)::SMALLINT AS store_no, d.day_no, min(k.kept) AS kept
FROM cause k JOIN channel c ON c.code = k.channel LEFT JOIN store_plan s USING (store_id) JOIN day d ON d.day_no BETWEEN k.start_day AND k.end_day
WHERE k.kind IN ('channel_outage', 'store_closed', 'guide_turnover')
GROUP BY 1, 2, 3;

-- name: stock_out
-- SKUs that cannot be bought, per day.
CREATE TEMP TABLE stock_out AS
SELECT s.sku_no, k.start_day, k.end_day FROM cause k JOIN sku s ON s.spu_id = k.spu_id WHERE k.kind = 'stock_out';

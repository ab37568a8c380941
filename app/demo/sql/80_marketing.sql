-- name: month
-- The months in which campaigns run: from the month before history, because coupons are issued ahead of their use.
CREATE TEMP TABLE month AS
SELECT strftime(m, '%Y%m') AS code, m::DATE AS first_on, last_day(m::DATE) AS last_on, row_number() OVER (ORDER BY m)::INTEGER AS month_no
FROM (SELECT unnest(generate_series(DATE '2024-08-01', DATE '2026-10-01', INTERVAL 1 MONTH)) AS m) x;

-- name: media
-- Paid media and the channel each feeds.
CREATE TEMP TABLE media AS SELECT * FROM (VALUES (1, 'alimama', 0.13), (2, 'jd_express', 0.12), (3, 'qianchuan', 0.21), (4, 'juguang', 0.19), (5, 'tencent_ads', 0.11)) t(channel_no, media, cost_share);

-- name: campaigns_promo
-- One campaign per brand and promo; the stages of one promo (预售, 开门红 …) are one campaign. channel NULL = every channel.
INSERT INTO campaigns
WITH stage AS (
    SELECT CASE WHEN name LIKE '双11%' THEN '双11' ELSE name END AS promo, start_day, end_day, year(on_day(start_day)) AS in_year FROM promo WHERE name <> '春节'
), season AS (
    SELECT promo, in_year, min(start_day) AS start_day, max(end_day) AS end_day FROM stage GROUP BY promo, in_year
)
SELECT 'CMP-PROMO-' || strftime(on_day(start_day), '%Y%m%d') || '-' || brand_id, brand_id, in_year || ' ' || promo || CASE brand_id WHEN 'dew' THEN '（朝露）' ELSE '' END, 'promo', NULL, promo,
       on_day(start_day)::TIMESTAMP, on_day(end_day)::TIMESTAMP + INTERVAL '23:59:59', (20000 + floor(100000 * u(200, start_day)))::DECIMAL(18, 2)
FROM season, brands ORDER BY 1;

-- name: campaigns_monthly
-- Coupons, messages and media run month by month.
INSERT INTO campaigns
WITH kind AS (
    SELECT 'COUPON' AS code, 'coupon' AS kind, NULL AS channel, '优惠券' AS label, 3000 AS budget
    UNION ALL SELECT upper(c), 'message', c, l, 2000 FROM (VALUES ('sms', '短信触达'), ('wecom', '企微触达'), ('wechat_template', '模板消息'), ('app_push', 'App 推送')) t(c, l)
    UNION ALL SELECT 'MEDIA-' || upper(m.media), 'media', c.code, '投放 ' || m.media, 30000 FROM media m JOIN channel c USING (channel_no)
)
SELECT 'CMP-' || k.code || '-' || m.code, 'glow', m.code || ' ' || k.label, k.kind, k.channel, NULL, m.first_on::TIMESTAMP, m.last_on::TIMESTAMP + INTERVAL '23:59:59', k.budget::DECIMAL(18, 2)
FROM kind k, month m ORDER BY 1;

-- name: channel_day
-- Orders per channel and day: what traffic and media follow.
CREATE TEMP TABLE channel_day AS
SELECT c.channel_no, d.day_no, coalesce(f.orders, 0) AS orders, coalesce(f.cents, 0) AS cents
FROM channel c CROSS JOIN day d
LEFT JOIN (SELECT channel_no, day_no, count(*) AS orders, sum(net_cents)::BIGINT AS cents FROM order_fact GROUP BY 1, 2) f USING (channel_no, day_no);

-- name: media_spend
-- Cost follows sales; the platforms claim somewhat more than was sold through them.
INSERT INTO media_spend
WITH base AS (
    SELECT d.*, m.media, c.code, on_day(d.day_no) AS spent_on, 3000 + d.cents * m.cost_share * (0.8 + 0.4 * u(201, d.channel_no * 1000 + d.day_no)) AS cost_cents,
           d.orders * (0.38 + 0.1 * u(202, d.channel_no * 1000 + d.day_no)) AS claimed
    FROM channel_day d JOIN media m USING (channel_no) JOIN channel c USING (channel_no)
)
SELECT spent_on, media, 'CMP-MEDIA-' || upper(media) || '-' || strftime(spent_on, '%Y%m'), money(floor(cost_cents)), floor(cost_cents / 100 / 1.9 * 42)::BIGINT, floor(cost_cents / 100 / 1.9)::BIGINT,
       floor(claimed)::BIGINT, money(floor(cents * (0.38 + 0.1 * u(202, channel_no * 1000 + day_no))))
FROM base ORDER BY spent_on, media;

-- name: touchpoints
-- Touches in the two weeks before an order of the panel, and touches that led nowhere; the last 14 months.
INSERT INTO touchpoints
WITH source AS (
    SELECT 'TP' || lpad(order_no::VARCHAR, 10, '0') AS stem, order_no AS seed_no, person_no, channel_no, second_no, floor(u(210, order_no) * 4)::INTEGER AS touches, 1209600 AS span
    FROM order_fact WHERE day_no >= 366 AND kind < 2 AND person_no % getvariable('panel_every') = 0
    UNION ALL
    SELECT 'TQ' || lpad(no::VARCHAR, 10, '0'), no::BIGINT * 64 + 63, no, home_channel, 790 * 86400, floor(u(211, no) * 3)::INTEGER, 36000000
    FROM person WHERE kind < 2 AND no % getvariable('panel_every') = 0
), touch AS (
    SELECT *, unnest(range(1, touches + 1)) AS k FROM source
), timed AS (
    SELECT *, seed_no * 4 + k AS n, second_no - 60 - floor(span * power(u(212, seed_no * 4 + k), 2))::BIGINT AS at_second,
           CASE WHEN u(213, seed_no * 4 + k) < 0.65 AND channel_no NOT IN (6, 7) THEN channel_no ELSE 1 + floor(u(214, seed_no * 4 + k) * 5)::INTEGER END AS touch_channel
    FROM touch
), typed AS (
    SELECT *, CASE WHEN touch_channel = 4 AND u(215, n) < 0.5 THEN 'note_view' WHEN touch_channel = 3 AND u(215, n) < 0.45 THEN 'live_view' ELSE pick(['impression', 'click', 'visit'], u(216, n)) END AS touch_type
    FROM timed WHERE at_second >= 366 * 86400
)
SELECT t.stem || '-' || t.k, person_id(t.person_no), c.code,
       CASE WHEN u(217, t.n) < 0.75 THEN 'CMP-MEDIA-' || upper(m.media) || '-' || strftime(moment(t.at_second), '%Y%m') END, t.touch_type, moment(t.at_second),
       CASE t.touch_type WHEN 'click' THEN 0.8 + 2 * u(218, t.n) WHEN 'impression' THEN 0.02 WHEN 'visit' THEN 0 ELSE 0.3 END::DECIMAL(18, 4)
FROM typed t JOIN channel c ON c.channel_no = t.touch_channel JOIN media m ON m.channel_no = t.touch_channel ORDER BY 1;

-- name: sends
-- Two messages a month per message channel to a tenth of the members who agreed; one in ten is held out: sent_at is then the moment
-- of assignment, and nothing was delivered. The last 18 months.
INSERT INTO sends
WITH agreed AS (
    SELECT m.no, m.registered, x.channel, x.channel_no FROM member_fact m,
         (VALUES ('sms', 1), ('wecom', 2), ('wechat_template', 3), ('app_push', 4)) x(channel, channel_no)
    WHERE m.no % getvariable('panel_every') = 0 AND u(130, m.no * 8 + x.channel_no) < [0.8, 0.6, 0.7, 0.5][x.channel_no]
      AND (x.channel_no = 1 OR (x.channel_no = 2 AND m.has_guide) OR (x.channel_no = 3 AND m.home_channel IN (5, 6)) OR (x.channel_no = 4 AND m.home_channel = 7))
), planned AS (
    SELECT a.*, t.code, t.first_on, t.month_no, (a.no::BIGINT * 32 + t.month_no) * 4 + a.channel_no - 1 AS n FROM agreed a, month t WHERE t.month_no >= 10
), chosen AS (
    SELECT *, seconds_at(first_on::TIMESTAMP) + (4 + 10 * floor(u(220, n) * 2)::INTEGER) * 86400 + 36000 + floor(u(221, n) * 7200)::INTEGER AS at_second FROM planned WHERE u(222, n) < 0.10
), sent AS (
    SELECT *, u(223, n) < 0.1 AS is_holdout, u(224, n) < [0.97, 0.99, 0.95, 0.9][channel_no] AS is_delivered, u(225, n) < [0.3, 0.55, 0.25, 0.12][channel_no] AS is_opened, u(226, n) < 0.3 AS is_clicked
    FROM chosen WHERE at_second > registered
)
SELECT 'SN' || lpad(n::VARCHAR, 11, '0'), 'CMP-' || upper(channel) || '-' || code, person_id(no), channel, CASE WHEN u(227, n) < 0.5 THEN 'A' ELSE 'B' END, is_holdout, moment(at_second),
       CASE WHEN NOT is_holdout AND is_delivered THEN moment(at_second + 5 + floor(60 * u(228, n))) END,
       CASE WHEN NOT is_holdout AND is_delivered AND is_opened THEN known(at_second + 100 + floor(40000 * power(u(229, n), 2))) END,
       CASE WHEN NOT is_holdout AND is_delivered AND is_opened AND is_clicked THEN known(at_second + 130 + floor(40000 * power(u(229, n), 2))) END,
       CASE WHEN NOT is_holdout AND is_delivered AND u(230, n) < 0.006 THEN known(at_second + 50000) END,
       CASE WHEN NOT is_holdout AND is_delivered AND u(231, n) < 0.0006 THEN known(at_second + 60000) END,
       CASE WHEN is_holdout THEN 0 ELSE [0.045, 0, 0.01, 0.002][channel_no] END::DECIMAL(18, 4)
FROM sent WHERE at_second < end_at() ORDER BY n;

-- name: events
-- Clickstream of the panel in the last 180 days: the session before an online order, and sessions that ended without one.
-- one_id NULL = a visitor who was not logged in. Days of lost tracking are missing, as they would be.
INSERT INTO events
WITH session AS (
    SELECT order_no AS n, person_no, brand_no, channel_no, second_no - 300 - floor(3000 * u(240, order_no))::INTEGER AS started, true AS is_order
    FROM order_fact WHERE day_no > 610 AND channel_no <> 6 AND kind < 2 AND person_no % getvariable('panel_every') = 0
    UNION ALL
    SELECT n, no, brand_no, CASE home_channel WHEN 6 THEN 5 ELSE home_channel END, 611 * 86400 + floor(179.9 * 86400 * u(241, n))::INTEGER, false
    FROM (SELECT no, brand_no, home_channel, acquired_day, no::BIGINT * 64 + 40 + unnest(range(0, floor(3 * u(242, no))::INTEGER)) AS n FROM person
          WHERE kind < 2 AND no % getvariable('panel_every') = 0) p
), step AS (
    SELECT *, unnest(range(1, CASE WHEN is_order THEN 5 ELSE 3 + floor(3 * u(243, n))::INTEGER END)) AS k FROM session
), typed AS (
    SELECT *, n * 8 + k AS m, started + k * (20 + floor(60 * u(244, n * 8 + k)))::INTEGER AS at_second,
           CASE WHEN k = 1 THEN CASE WHEN channel_no = 3 THEN 'live_enter' WHEN channel_no = 4 THEN 'note_view' ELSE 'view' END
                WHEN is_order THEN [NULL, 'search', 'click_product', 'add_cart'][k]
                ELSE pick(['view', 'click_product', 'click_product', 'favorite', 'search', 'share', 'add_cart', 'live_leave'], u(245, n * 8 + k)) END AS event_type
    FROM step
)
SELECT 'EV' || lpad(t.m::VARCHAR, 11, '0'), CASE WHEN t.is_order OR u(246, t.n) < 0.85 THEN person_id(t.person_no) END, 'SS' || lpad(t.n::VARCHAR, 10, '0'), t.event_type, c.code,
       CASE WHEN t.event_type IN ('click_product', 'add_cart', 'favorite') THEN s.product_id END,
       pick(['organic', 'ad', 'recommend', 'search', 'message'], u(247, t.n)), moment(t.at_second)
FROM typed t JOIN channel c USING (channel_no)
JOIN sku s ON s.sku_no = pick(getvariable('sku_picks')[t.brand_no], u(53, t.n * 8 + 1)) AND s.launch_day <= t.at_second // 86400
LEFT JOIN cause k ON k.kind = 'tracking_loss' AND k.channel = c.code AND t.at_second // 86400 BETWEEN k.start_day AND k.end_day
WHERE t.at_second BETWEEN 0 AND end_at() - 1 AND (k.id IS NULL OR u(248, t.m) < k.kept) ORDER BY t.m;

-- name: chunk_total
-- What each identified person bought: first order, shop of the first order, net cents of the last 365 days.
CREATE OR REPLACE TEMP TABLE person_total AS
SELECT person_no, min(second_no) AS first_second, arg_min(store_no, second_no) AS first_store,
       sum(CASE WHEN is_paid AND day_no > 790 - 365 THEN net_cents ELSE 0 END)::BIGINT AS year_cents, count(*) FILTER (is_paid)::INTEGER AS paid_orders, max(day_no) AS last_order_day
FROM order_fact WHERE kind < 2 AND person_no BETWEEN getvariable('from_person') AND getvariable('to_person')
GROUP BY person_no ORDER BY person_no;

-- name: chunk_member
-- One row per member, in numbers; `registered` in seconds (negative before history). Most join with the first order, some weeks after it.
CREATE OR REPLACE TEMP TABLE chunk_member AS
WITH joined AS (
    SELECT p.no, p.brand_no, p.city_no, p.home_channel, t.first_store, coalesce(t.year_cents, 0) AS year_cents, coalesce(t.paid_orders, 0) AS paid_orders, t.last_order_day,
           CASE WHEN p.is_early THEN -floor(86400 * 973 * u(100, p.no))
                WHEN t.first_second IS NOT NULL AND u(101, p.no) < 0.2 THEN least(end_at() - 1, t.first_second + floor(2160000 * u(102, p.no)))
                WHEN t.first_second IS NOT NULL THEN least(t.first_second - 60, p.acquired_day * 86400 + floor(28000 * u(102, p.no)))
                ELSE p.acquired_day::BIGINT * 86400 + floor(86400 * u(102, p.no)) END::BIGINT AS registered
    FROM person p LEFT JOIN person_total t ON t.person_no = p.no WHERE p.kind = 0 AND p.no BETWEEN getvariable('from_person') AND getvariable('to_person')
), shopped AS (
    SELECT j.*, CASE WHEN j.home_channel = 6 THEN coalesce(j.first_store, h.store_no) END AS register_store,
           CASE WHEN j.home_channel IN (5, 6) THEN coalesce(j.first_store, h.store_no, CASE j.brand_no WHEN 1 THEN 1 ELSE 27 END) END AS service_store
    FROM joined j LEFT JOIN home_store h ON h.city_no = j.city_no AND h.brand_no = j.brand_no AND h.slot = floor(u(38, j.no) * 8)::INTEGER
)
SELECT s.*, CASE WHEN s.home_channel = 6 OR u(104, s.no) < 0.4 THEN coalesce(CASE WHEN g.joined_on <= moment(greatest(0, s.registered))::DATE THEN g.guide_id END, z.guide_id) END AS guide_id,
       s.no % 10 = 3 AND u(105, s.no) < 0.03 AS is_staff
FROM shopped s
LEFT JOIN guide_plan g ON g.store_no = s.service_store AND g.seat = floor(u(103, s.no) * 5)::INTEGER
LEFT JOIN guide_plan z ON z.store_no = s.service_store AND z.seat = 0
ORDER BY s.no;

-- name: member_fact
-- Kept for the steps that follow.
INSERT INTO member_fact SELECT no, home_channel, city_no, guide_id IS NOT NULL, registered FROM chunk_member ORDER BY no;

-- name: welcome_points
-- Fifty points for joining.
INSERT INTO points_ledger
SELECT 'PS' || lpad(no::VARCHAR, 8, '0'), person_id(no), moment(least(greatest(registered, 0) + 60, end_at() - 1)), 50, 'register', moment(greatest(registered, 0) + 60 + 31536000) FROM chunk_member ORDER BY no;

-- name: members
-- Points are the sum of the ledger; tiers follow the net spend of the last 365 days.
INSERT INTO members
SELECT person_id(m.no), CASE m.brand_no WHEN 1 THEN 'glow' ELSE 'dew' END,
       CASE WHEN u(106, m.no) < 0.83 THEN 'female' WHEN u(106, m.no) < 0.94 THEN 'male' END,
       CASE WHEN u(107, m.no) < 0.87 THEN DATE '1968-01-01' + floor(365.25 * (CASE m.brand_no WHEN 1 THEN 8 ELSE 24 END + 30 * (u(108, m.no) + u(109, m.no)) / 2 + CASE m.brand_no WHEN 1 THEN 4 ELSE 2 END))::INTEGER END,
       CASE WHEN u(110, m.no) < 0.97 THEN c.province END, CASE WHEN u(110, m.no) < 0.97 THEN c.city END,
       CASE WHEN m.year_cents >= 400000 THEN 'black' WHEN m.year_cents >= 150000 THEN 'gold' WHEN m.year_cents >= 50000 THEN 'silver' ELSE 'normal' END,
       greatest(0, coalesce(l.points, 0))::INTEGER, moment(m.registered), h.code, 'S' || lpad(m.register_store::VARCHAR, 3, '0'),
       CASE WHEN m.home_channel = 6 THEN 'SC-STORE-' || lpad(m.register_store::VARCHAR, 3, '0') WHEN u(111, m.no) < 0.7 THEN 'SC-' || upper(h.code) || '-' || (1 + floor(u(112, m.no) * 4))::INTEGER END,
       m.guide_id,
       CASE WHEN u(113, m.no) < 0.07 AND floor(u(114, m.no) * m.no / 10) >= 1 THEN person_id(floor(u(114, m.no) * m.no / 10)::BIGINT * 10) END,
       m.is_staff
FROM chunk_member m JOIN city c USING (city_no) JOIN channel h ON h.channel_no = m.home_channel
LEFT JOIN (SELECT one_id, sum(delta) AS points FROM points_ledger
           WHERE one_id BETWEEN person_id(getvariable('from_person')) AND person_id(getvariable('to_person')) GROUP BY one_id) l ON l.one_id = person_id(m.no)
ORDER BY m.no;

-- name: identities
-- Keyed hashes. Contested: the same phone known from the till for a relative, or a shop's own phone typed for a customer:
-- the same hash under another source, with low confidence and the reason.
INSERT INTO identities
WITH known_person AS (
    SELECT p.no, p.kind, p.home_channel, coalesce(m.registered, p.acquired_day::BIGINT * 86400) AS linked
    FROM person p LEFT JOIN chunk_member m USING (no) WHERE p.kind < 2 AND p.no BETWEEN getvariable('from_person') AND getvariable('to_person')
), link AS (
    SELECT 'crm' AS source, 'phone' AS id_type, no, no AS owner, linked, 1.0 AS confidence, 'verified_phone' AS reason FROM known_person WHERE kind = 0
    UNION ALL SELECT 'tmall', 'tmall_ouid', no, no, linked, 0.99, 'platform_login' FROM known_person WHERE home_channel = 1 OR u(115, no) < 0.18
    UNION ALL SELECT 'jd', 'jd_pin', no, no, linked, 0.99, 'platform_login' FROM known_person WHERE home_channel = 2 OR u(116, no) < 0.08
    UNION ALL SELECT 'douyin', 'douyin_openid', no, no, linked, 0.99, 'platform_login' FROM known_person WHERE home_channel = 3 OR u(117, no) < 0.10
    UNION ALL SELECT 'wechat_mini', 'openid', no, no, linked, 0.99, 'platform_login' FROM known_person WHERE home_channel IN (5, 6) OR u(118, no) < 0.15
    UNION ALL SELECT 'wechat_mini', 'unionid', no, no, linked, 0.99, 'platform_login' FROM known_person WHERE home_channel IN (5, 6) OR u(118, no) < 0.15
    UNION ALL SELECT 'store', 'pos_card', no, no, linked, 0.95, 'card_at_till' FROM known_person WHERE home_channel = 6
    UNION ALL SELECT 'app', 'device', no, no, linked, 0.9, 'app_login' FROM known_person WHERE home_channel = 7 OR u(119, no) < 0.06
    UNION ALL SELECT 'pos', 'phone', no, no - 1, linked + 86400, 0.35, 'contested: shared_family_phone' FROM known_person WHERE kind = 0 AND no % 10 > 0 AND u(120, no) < 0.02
    UNION ALL SELECT 'till_' || lpad((no // 25)::VARCHAR, 2, '0'), 'phone', no, 4000000000 + no % 25, linked + 90000, 0.1, 'contested: store_phone' FROM known_person WHERE kind = 0 AND home_channel = 6 AND no < 1000
)
SELECT source, id_type, left(md5('shiguang|' || getvariable('seed') || '|' || id_type || '|' || owner), 16), person_id(no), moment(least(linked, end_at() - 1)), confidence, reason
FROM link ORDER BY source, id_type, owner;

-- name: consents
-- Given when joining; some withdraw later, and a few of them come back.
INSERT INTO consents
WITH asked AS (
    SELECT no, home_channel, guide_id, registered, unnest(['sms', 'wecom', 'wechat_template', 'app_push', 'email', 'personalization']) AS channel,
           unnest([1, 2, 3, 4, 5, 6]) AS channel_no FROM chunk_member
), given AS (
    SELECT no, channel, no * 8 + channel_no AS seed_no, registered,
           u(130, no * 8 + channel_no) < [0.8, 0.6, 0.7, 0.5, 0.3, 0.65][channel_no] AS granted
    FROM asked
    WHERE channel IN ('sms', 'personalization') OR (channel = 'wecom' AND guide_id IS NOT NULL) OR (channel = 'wechat_template' AND home_channel IN (5, 6))
       OR (channel = 'app_push' AND home_channel = 7) OR (channel = 'email' AND u(131, no) < 0.1)
), change AS (
    SELECT no, channel, granted, registered AS changed, 'register_form' AS evidence FROM given
    UNION ALL
    SELECT no, channel, false, greatest(registered, 0) + 86400 + floor(u(132, seed_no) * 30000000)::BIGINT, 'reply_td' FROM given WHERE granted AND u(133, seed_no) < 0.1
    UNION ALL
    SELECT no, channel, true, greatest(registered, 0) + 86400 + floor(u(132, seed_no) * 30000000)::BIGINT + 1728000, 'preference_page' FROM given WHERE granted AND u(133, seed_no) < 0.02
)
SELECT person_id(no), channel, granted, moment(changed), evidence FROM change WHERE changed < end_at() ORDER BY no, channel, changed;

-- name: member_tags
-- Facts from surveys, rules from behaviour, model scores; some have an earlier value.
INSERT INTO member_tags
WITH tag AS (
    SELECT no, 'skin_type' AS tag, pick(['干性', '油性', '混合', '敏感', '中性'], u(140, no)) AS value, 'fact' AS kind, 0 AS age FROM chunk_member WHERE u(141, no) < 0.45
    UNION ALL
    SELECT no, 'lifecycle', CASE WHEN paid_orders = 0 THEN '潜客' WHEN last_order_day < 790 - 365 THEN '流失' WHEN last_order_day < 790 - 180 THEN '沉睡' WHEN paid_orders = 1 THEN '新客' WHEN paid_orders >= 4 THEN '忠诚' ELSE '活跃' END, 'rule', 0 FROM chunk_member
    UNION ALL
    SELECT no, 'price_sensitivity', pick(['高', '中', '低'], u(142, no)), 'model', 0 FROM chunk_member WHERE paid_orders > 0
    UNION ALL
    SELECT no, 'price_sensitivity', pick(['高', '中', '低'], u(143, no)), 'model', 92 FROM chunk_member WHERE paid_orders > 0 AND u(144, no) < 0.2
    UNION ALL
    SELECT no, 'interest', pick(['抗老', '美白', '防晒', '补水', '彩妆', '修护'], u(145, no)), 'model', 0 FROM chunk_member WHERE u(146, no) < 0.5
)
SELECT person_id(no), tag, value, kind, DATE '2026-10-31' - age::INTEGER FROM tag ORDER BY no, tag, age DESC;

-- name: wecom_contacts
-- A friend of the guide: requested, accepted, sometimes deleted again; some are added a second time.
INSERT INTO wecom_contacts
WITH added AS (
    SELECT no, guide_id, greatest(registered, 0) + 3600 + floor(power(u(150, no), 2) * 8000000)::BIGINT AS added, u(151, no) AS fate FROM chunk_member WHERE guide_id IS NOT NULL AND u(152, no) < 0.62
), story AS (
    SELECT no, guide_id, added, CASE WHEN fate < 0.2 THEN added + 86400 + floor(u(153, no) * 15000000)::BIGINT END AS deleted, fate, 0 AS round FROM added
    UNION ALL
    SELECT no, guide_id, added + 17000000, NULL, 0.5, 1 FROM added WHERE fate < 0.03
)
SELECT person_id(no), guide_id, moment(added), known(deleted), CASE WHEN deleted < end_at() THEN 'deleted' WHEN fate > 0.96 THEN 'requested' ELSE 'accepted' END,
       pick(['live_code_store', 'package_card', 'guide_scan', 'sms_link', 'mini_popup'], u(154, no * 2 + round))
FROM story WHERE added < end_at() ORDER BY no, guide_id, added;

-- name: group_members
-- One to three chats per shop; some leave, some never speak.
INSERT INTO group_members
WITH g AS (
    SELECT no, service_store, greatest(registered, 0) + 86400 + floor(u(160, no) * 9000000)::BIGINT AS joined FROM chunk_member WHERE service_store IS NOT NULL AND u(161, no) < 0.3
), story AS (
    SELECT *, CASE WHEN u(162, no) < 0.25 THEN joined + 86400 + floor(u(163, no) * 20000000)::BIGINT END AS gone,
           CASE WHEN u(164, no) < 0.5 THEN joined + floor(power(u(165, no), 0.4) * (least(end_at(), joined + 40000000) - joined - 1))::BIGINT END AS spoke
    FROM g WHERE joined < end_at()
)
SELECT 'CHAT-' || lpad(service_store::VARCHAR, 3, '0') || '-' || (1 + no % 3), person_id(no), moment(joined), known(gone), known(least(spoke, coalesce(gone, spoke)))
FROM story ORDER BY 1, no, joined;

-- name: guide_tasks
-- Two follow-ups a week per guide in the last year; guides who left do nothing more.
INSERT INTO guide_tasks
WITH g AS (
    SELECT p.*, (p.store_no * 8 + p.seat)::BIGINT * 512 + unnest(range(0, 104)) AS n FROM guide_plan p
), timed AS (
    SELECT *, (426 + (n % 512 // 2) * 7 + floor(5 * u(270, n))::INTEGER) * 86400 + 36000 + floor(20000 * u(271, n))::INTEGER AS issued,
           10 * floor(u(272, n) * (getvariable('people') // 10 - 1))::BIGINT + 1 + floor(6 * u(273, n))::BIGINT AS member_no
    FROM g
)
SELECT 'GT' || lpad(t.n::VARCHAR, 8, '0'), t.guide_id, t.store_id, person_id(t.member_no), 'CMP-WECOM-' || strftime(moment(t.issued), '%Y%m'), moment(t.issued),
       CASE WHEN u(274, t.n) < 0.68 AND NOT (l.id IS NOT NULL AND t.seat < 2 AND t.issued >= l.start_day * 86400) THEN known(t.issued + 3600 + floor(250000 * power(u(275, t.n), 2))::BIGINT) END
FROM timed t
LEFT JOIN cause l ON l.kind = 'guide_turnover' AND l.store_id = t.store_id
LEFT JOIN cause k ON k.kind = 'store_closed' AND k.store_id = t.store_id AND t.issued >= k.start_day * 86400
WHERE t.issued < end_at() AND moment(t.issued)::DATE >= t.joined_on AND k.id IS NULL ORDER BY t.n;

-- name: tickets
-- Service cases after an order, and the answers to the recommendation question (kind = 'nps', score 0-10).
INSERT INTO tickets
WITH source AS (
    SELECT order_no, person_no, channel_no, kind, second_no + 86400 + floor(u(280, order_no) * 1000000)::BIGINT AS opened,
           CASE WHEN is_paid AND u(281, order_no) < 0.035 THEN 'nps' WHEN u(282, order_no) < 0.022 THEN pick(['consult', 'logistics', 'refund', 'complaint', 'quality'], power(u(283, order_no), 1.2)) END AS ticket_kind
    FROM order_fact WHERE kind < 2
)
SELECT 'TK' || lpad(order_no::VARCHAR, 10, '0'), person_id(person_no), ticket_kind, moment(opened),
       CASE WHEN ticket_kind = 'nps' THEN moment(opened) WHEN u(284, order_no) < 0.96 THEN known(opened + 600 + floor(200000 * power(u(285, order_no), 3))::BIGINT) END,
       CASE WHEN ticket_kind = 'nps' THEN pick(CASE WHEN channel_no = 3 THEN [10, 9, 9, 8, 8, 7, 7, 6, 5, 3, 0] ELSE [10, 10, 10, 9, 9, 9, 8, 8, 7, 6, 4, 2] END, u(286, order_no))
            WHEN u(287, order_no) < 0.3 THEN 1 + floor(5 * sqrt(u(288, order_no)))::INTEGER END
FROM source WHERE ticket_kind IS NOT NULL AND opened < end_at() ORDER BY order_no;

-- name: code_scans
-- One code per piece, scanned some days after buying; a few turn up in another city than the dealer's.
INSERT INTO code_scans
WITH source AS (
    SELECT f.order_no, f.person_no, f.kind, f.brand_no, f.store_no, f.day_no, f.second_no + 172800 + floor(u(290, f.order_no) * 900000)::BIGINT AS at_second, p.city_no
    FROM order_fact f JOIN person p ON p.no = f.person_no WHERE f.is_paid AND u(291, f.order_no) < 0.06
)
SELECT 'CS' || lpad(s.order_no::VARCHAR, 10, '0'), 'QR' || left(md5('code|' || getvariable('seed') || '|' || s.order_no), 16), k.product_id,
       CASE WHEN s.kind < 2 AND u(292, s.order_no) < 0.8 THEN person_id(s.person_no) END, moment(s.at_second),
       CASE WHEN u(293, s.order_no) < 0.05 THEN w.city ELSE c.city END, t.dealer_id
FROM source s JOIN city c USING (city_no) JOIN city w ON w.city_no = 1 + floor(24 * u(294, s.order_no))::INTEGER
JOIN sku k ON k.sku_no = pick(getvariable('sku_picks')[s.brand_no], u(53, s.order_no * 8 + 1)) AND k.launch_day <= s.day_no
LEFT JOIN store_plan t ON t.store_no = s.store_no
WHERE s.at_second < end_at() ORDER BY s.order_no;

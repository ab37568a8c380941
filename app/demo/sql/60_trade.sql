-- name: slice_line
-- The lines of the orders of one slice of days; `line_no` from 1. A third of the picks repeat the person's own favourites.
CREATE OR REPLACE TEMP TABLE slice_line AS
WITH slot AS (
    SELECT order_no, person_no, brand_no, day_no,
           CASE WHEN u(50, order_no) < 0.50 THEN 1 WHEN u(50, order_no) < 0.77 THEN 2 WHEN u(50, order_no) < 0.91 THEN 3 WHEN u(50, order_no) < 0.97 THEN 4 ELSE 5 END AS lines
    FROM order_slot WHERE day_no BETWEEN getvariable('from_day') AND getvariable('to_day')
), line AS (
    SELECT order_no, person_no, brand_no, day_no, unnest(range(1, lines + 1)) AS line_no FROM slot
), wished AS (
    SELECT *, order_no * 8 + line_no AS seed_no,
           pick(getvariable('sku_picks')[brand_no], CASE WHEN u(51, order_no * 8 + line_no) < 0.33 THEN u(52, person_no::BIGINT * 4 + line_no % 3) ELSE u(53, order_no * 8 + line_no) END) AS wish_no
    FROM line
), got AS (
    SELECT w.*, CASE WHEN s.launch_day > w.day_no OR o.sku_no IS NOT NULL THEN f.fallback_no ELSE w.wish_no END AS sku_no
    FROM wished w JOIN sku s ON s.sku_no = w.wish_no JOIN sku_fallback f ON f.sku_no = w.wish_no
    LEFT JOIN stock_out o ON o.sku_no = w.wish_no AND w.day_no BETWEEN o.start_day AND o.end_day
), counted AS (
    SELECT *, CASE WHEN u(54, seed_no) < 0.87 THEN 1 WHEN u(54, seed_no) < 0.97 THEN 2 ELSE 3 END AS quantity FROM got
)
SELECT c.order_no, c.line_no::TINYINT AS line_no, c.sku_no::SMALLINT AS sku_no, c.quantity::TINYINT AS quantity, (s.price * 100 * c.quantity)::INTEGER AS list_cents
FROM counted c JOIN sku s ON s.sku_no = c.sku_no;

-- name: slice_order
-- One row per order of the slice, in cents: list - discount = placed; placed - coupon - subsidy + freight = payable; paid = payable once paid, else 0.
CREATE OR REPLACE TEMP TABLE slice_order AS
WITH priced AS (
    SELECT order_no, sum(list_cents)::BIGINT AS list_cents, sum(quantity)::INTEGER AS item_count FROM slice_line GROUP BY order_no
), discounted AS (
    SELECT s.*, p.list_cents, p.item_count, c.code, c.is_online, c.refund_rate, d.online AS promo_pull, d.balance_day,
           d.is_presale AND (s.channel_no = 1 OR (s.channel_no = 2 AND u(60, s.order_no) < 0.5)) AND u(61, s.order_no) < 0.65 AS is_presale,
           100 * floor(p.list_cents / 100 * least(0.55, (0.4 + 1.2 * u(62, s.order_no))
               * ([0.09, 0.08, 0.15, 0.06, 0.05, 0.03, 0.05][s.channel_no] + CASE WHEN d.online > 1 AND c.is_online THEN least(0.16, (d.online - 1) * 0.07) ELSE 0 END)))::BIGINT AS discount_cents
    FROM order_slot s JOIN priced p USING (order_no) JOIN channel c USING (channel_no) JOIN day d USING (day_no)
), offered AS (
    SELECT *, list_cents - discount_cents AS placed_cents,
           CASE WHEN kind = 2 OR u(63, order_no) > CASE WHEN promo_pull > 1 THEN 0.42 ELSE 0.30 END THEN 0
                WHEN list_cents - discount_cents >= 79900 THEN 100 WHEN list_cents - discount_cents >= 39900 THEN 50
                WHEN list_cents - discount_cents >= 19900 THEN 20 ELSE 0 END AS coupon_face
    FROM discounted
), checked AS (
    SELECT o.*, k.id IS NOT NULL AS is_coupon_broken
    FROM offered o LEFT JOIN cause k ON k.kind = 'coupon_broken' AND k.template_id = 'T-' || upper(o.code) || '-' || o.coupon_face AND o.day_no BETWEEN k.start_day AND k.end_day
), payable AS (
    SELECT *, CASE WHEN is_coupon_broken THEN 0 ELSE coupon_face * 100 END AS coupon_cents,
           CASE WHEN channel_no IN (1, 2, 3) AND u(64, order_no) < 0.22 THEN floor(placed_cents * (0.02 + 0.04 * u(65, order_no)))::BIGINT ELSE 0 END AS subsidy_cents,
           CASE WHEN is_online AND placed_cents < 9900 AND u(66, order_no) < 0.6 THEN 800 ELSE 0 END AS freight_cents,
           u(67, order_no) AS fate,
           CASE WHEN is_presale THEN balance_day * 86400 + 72000 + floor(172800 * u(68, order_no) * u(69, order_no))
                ELSE second_no + CASE WHEN is_online THEN 8 + floor(900 * power(u(68, order_no), 3)) ELSE 20 END END::BIGINT AS pay_second
    FROM checked
), decided AS (
    SELECT *, fate < 0.032 OR (is_coupon_broken AND u(70, order_no) < 0.35) OR (is_presale AND u(71, order_no) < 0.07) OR pay_second >= end_at()
              OR (fate BETWEEN 0.032 AND 0.035 AND u(70, order_no) < 0.4) AS is_unpaid,
           fate BETWEEN 0.032 AND 0.038 AS is_risky, fate BETWEEN 0.038 AND 0.047 AS is_withdrawn,
           CASE WHEN is_online THEN pay_second + 14400 + floor(216000 * power(u(72, order_no), 2) * CASE WHEN promo_pull > 1.5 THEN 1.6 ELSE 1 END) ELSE pay_second END::BIGINT AS ship_second
    FROM payable
), staffed AS (
    -- The guide of the seat, or the first seat when that guide had not joined; a seat whose guide left serves nobody.
    SELECT d.*, CASE WHEN u(73, d.order_no) < 0.88 THEN CASE WHEN left_store.store_no IS NOT NULL AND d.day_no >= left_store.start_day THEN 2 + floor(u(74, d.order_no) * 3)
                    ELSE floor(5 * power(u(74, d.order_no), 1.3)) END END::INTEGER AS seat,
           left_store.store_no IS NOT NULL AND d.day_no >= left_store.start_day AS is_left
    FROM decided d
    LEFT JOIN (SELECT p.store_no, k.start_day FROM cause k JOIN store_plan p USING (store_id) WHERE k.kind = 'guide_turnover') left_store ON left_store.store_no = d.store_no
)
SELECT s.* EXCLUDE (fate, seat, is_left, promo_pull, balance_day),
       'O' || strftime(on_day(s.day_no), '%y%m%d') || lpad(s.order_no::VARCHAR, 10, '0') AS order_id,
       CASE WHEN s.kind < 2 THEN person_id(s.person_no) END AS one_id,
       CASE WHEN s.is_unpaid THEN 0 ELSE s.placed_cents - s.coupon_cents - s.subsidy_cents + s.freight_cents END AS paid_cents,
       CASE WHEN s.is_risky THEN 'risk_blocked'
            WHEN s.is_unpaid THEN CASE WHEN s.second_no > end_at() - 86400 OR s.pay_second >= end_at() OR u(75, s.order_no) < 0.2 THEN 'created' ELSE 'cancelled' END
            WHEN s.is_withdrawn THEN 'cancelled'
            WHEN s.ship_second >= end_at() THEN 'paid'
            WHEN s.is_online AND s.ship_second + 604800 >= end_at() THEN 'shipped' ELSE 'completed' END AS status,
       CASE WHEN g.joined_on <= on_day(s.day_no) THEN g.guide_id WHEN s.seat IS NOT NULL AND NOT s.is_left THEN z.guide_id END AS guide_id,
       CASE WHEN s.channel_no = 3 AND u(76, s.order_no) < 0.55 THEN 'LIVE-DY-' || s.brand_no || (1 + floor(u(77, s.order_no) * 3))::INTEGER
            WHEN s.channel_no = 1 AND u(76, s.order_no) < 0.06 THEN 'LIVE-TM-' || s.brand_no
            WHEN s.channel_no = 5 AND u(76, s.order_no) < 0.05 THEN 'LIVE-WX-' || s.brand_no END AS live_room_id
FROM staffed s
LEFT JOIN guide_plan g ON g.store_no = s.store_no AND g.seat = s.seat
LEFT JOIN guide_plan z ON z.store_no = s.store_no AND z.seat = 0 AND z.joined_on <= on_day(s.day_no);

-- name: orders
-- In order of id, which starts with the day: date filters then skip most row groups.
INSERT INTO orders
SELECT order_id, CASE brand_no WHEN 1 THEN 'glow' ELSE 'dew' END, one_id, code, 'S' || lpad(store_no::VARCHAR, 3, '0'), guide_id, live_room_id,
       moment(second_no), CASE WHEN NOT is_unpaid THEN moment(pay_second) END,
       CASE WHEN NOT is_unpaid AND NOT is_risky AND NOT is_withdrawn THEN known(ship_second) END,
       status, money(list_cents), money(placed_cents), money(discount_cents), money(coupon_cents), money(subsidy_cents), money(freight_cents),
       money(paid_cents), item_count, is_presale,
       CASE WHEN is_presale THEN money(1000 * greatest(1, placed_cents // 10000)) END,
       CASE WHEN is_presale THEN known(second_no + 45) END, CASE WHEN is_presale AND NOT is_unpaid THEN moment(pay_second) END
FROM slice_order ORDER BY order_id;

-- name: order_items
-- The paid amount (freight included) is shared over the lines by list amount; the shares add up to the cent.
INSERT INTO order_items
WITH running AS (
    SELECT l.*, o.order_id, o.paid_cents, o.list_cents AS order_cents,
           sum(l.list_cents) OVER (PARTITION BY l.order_no ORDER BY l.line_no)::BIGINT AS upto
    FROM slice_line l JOIN slice_order o USING (order_no)
)
SELECT r.order_id, r.line_no, s.product_id, r.quantity,
       money(r.upto * r.paid_cents // r.order_cents - (r.upto - r.list_cents) * r.paid_cents // r.order_cents), money(r.list_cents)
FROM running r JOIN sku s USING (sku_no) ORDER BY r.order_id, r.line_no;

-- name: slice_refund
-- Money back: an order withdrawn before shipping in full at once; others some days later, seven in ten in full, some in two parts.
CREATE OR REPLACE TEMP TABLE slice_refund AS
WITH due AS (
    SELECT order_no, order_id, one_id, kind, person_no, pay_second, paid_cents, is_withdrawn,
           CASE WHEN is_withdrawn OR u(81, order_no) < 0.7 THEN paid_cents ELSE greatest(1, floor(paid_cents * (0.2 + 0.4 * u(82, order_no))))::BIGINT END AS first_cents,
           CASE WHEN is_withdrawn THEN pay_second + 600 + floor(40000 * u(83, order_no)) ELSE pay_second + 43200 + floor(2100000 * power(u(83, order_no), 1.8)) END::BIGINT AS first_second
    FROM slice_order
    WHERE NOT is_unpaid AND NOT is_risky AND (is_withdrawn OR u(80, order_no) < refund_rate * CASE WHEN live_room_id IS NULL THEN 1 ELSE 1.3 END)
), part AS (
    SELECT *, 1 AS part_no, first_cents AS refund_cents, first_second AS refund_second FROM due
    UNION ALL
    SELECT *, 2, greatest(1, (paid_cents - first_cents) // 3), first_second + 86400 + floor(600000 * u(85, order_no))::BIGINT
    FROM due WHERE first_cents < paid_cents AND u(84, order_no) < 0.2
)
SELECT * FROM part WHERE refund_second < end_at();

-- name: refunds
-- One row per payment back; the parts of an order never exceed what it paid.
INSERT INTO refunds
SELECT 'R' || substr(order_id, 2) || '-' || part_no, order_id, money(refund_cents), moment(refund_second),
       CASE WHEN is_withdrawn THEN '拍错/不想要' ELSE pick(['七天无理由', '质量问题', '过敏不适', '拍错/不想要', '物流破损', '与描述不符'], power(u(86, order_no), 1.5)) END
FROM slice_refund ORDER BY order_id, part_no;

-- name: coupons
-- Used coupons point at their order; others were claimed and lapsed, or were issued and never claimed.
INSERT INTO coupons
WITH offer AS (
    SELECT 'C' || substr(order_id, 2) || '-1' AS coupon_id, 'T-' || upper(code) || '-' || coupon_face AS template_id, one_id, coupon_face AS face,
           greatest(-2500000, second_no - 1800 - floor(432000 * power(u(90, order_no), 2)))::BIGINT AS issued, 0.0 AS claim_luck,
           CASE WHEN NOT is_coupon_broken AND NOT is_unpaid THEN pay_second END AS used, order_id, order_no, second_no
    FROM slice_order WHERE coupon_face > 0
    UNION ALL
    SELECT 'C' || substr(order_id, 2) || '-2', 'T-' || upper(code) || '-' || [20, 50, 50, 100][1 + floor(u(91, order_no) * 4)::INTEGER], one_id, [20, 50, 50, 100][1 + floor(u(91, order_no) * 4)::INTEGER],
           second_no + floor(864000 * u(92, order_no))::BIGINT, u(93, order_no), NULL, order_id, order_no, NULL
    FROM slice_order WHERE kind < 2 AND u(94, order_no) < 0.6
), claimed AS (
    SELECT *, CASE WHEN claim_luck < 0.58 THEN CASE WHEN second_no IS NULL THEN issued + 60 + floor(86400 * u(95, order_no)) ELSE issued + floor((second_no - issued) * u(95, order_no)) END END::BIGINT AS claimed
    FROM offer WHERE issued < end_at()
)
SELECT coupon_id, template_id, 'CMP-COUPON-' || strftime(moment(issued), '%Y%m'), one_id, face::DECIMAL(18, 2), CASE face WHEN 20 THEN 199 WHEN 50 THEN 399 ELSE 799 END::DECIMAL(18, 2),
       moment(issued), known(claimed), moment(used), moment(greatest(issued + 1209600, coalesce(used, 0))), CASE WHEN used IS NOT NULL THEN order_id END
FROM claimed ORDER BY coupon_id;

-- name: points
-- Members earn a point per yuan a week after paying; refunds take them back; some are redeemed.
INSERT INTO points_ledger
WITH entry AS (
    SELECT 'PE' || substr(order_id, 2) AS entry_id, one_id, pay_second + 604800 AS at_second, paid_cents // 100 AS delta, 'order' AS reason, 31536000 AS life
    FROM slice_order WHERE kind = 0 AND NOT is_unpaid AND NOT is_risky AND NOT is_withdrawn
    UNION ALL
    SELECT 'PR' || substr(order_id, 2) || '-' || part_no, one_id, greatest(refund_second, pay_second + 604801), -(refund_cents // 100), 'refund', NULL
    FROM slice_refund WHERE kind = 0 AND NOT is_withdrawn
    UNION ALL
    SELECT 'PX' || substr(order_id, 2), one_id, pay_second + 700000 + floor(2000000 * u(96, order_no))::BIGINT, -(paid_cents // 250), 'redeem', NULL
    FROM slice_order o WHERE kind = 0 AND NOT is_unpaid AND NOT is_risky AND NOT is_withdrawn AND u(97, order_no) < 0.12
      AND NOT EXISTS (SELECT 1 FROM slice_refund r WHERE r.order_no = o.order_no)
)
SELECT entry_id, one_id, moment(at_second), delta::INTEGER, reason, moment(at_second + life)
FROM entry WHERE at_second < end_at() AND delta <> 0 ORDER BY entry_id;

-- name: slice_totals
-- What later steps need about every order, kept small: seconds, cents and keys as numbers.
INSERT INTO order_fact
SELECT order_no, person_no, kind, brand_no, channel_no, day_no, second_no, store_no, (pay_second // 86400)::SMALLINT,
       NOT is_unpaid AND NOT is_risky AND NOT is_withdrawn, (paid_cents - coalesce(r.refund_cents, 0))::INTEGER
FROM slice_order LEFT JOIN (SELECT order_no, sum(refund_cents)::BIGINT AS refund_cents FROM slice_refund GROUP BY order_no) r USING (order_no)
ORDER BY order_no;

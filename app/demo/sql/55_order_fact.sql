-- name: order_fact
-- One row per order: the facts that people, traffic, marketing and service tables are derived from.
CREATE TEMP TABLE order_fact (order_no BIGINT, person_no INTEGER, kind TINYINT, brand_no TINYINT, channel_no TINYINT, day_no SMALLINT, second_no INTEGER,
                              store_no SMALLINT, pay_day SMALLINT, is_paid BOOLEAN, net_cents INTEGER);

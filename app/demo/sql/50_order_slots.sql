-- name: order_slots
-- One row per attempted order: who, when (second since the first day), channel, shop. Filled by ranges of people.
-- order_no = person * 64 + k is unique and the seed of everything random about the order.
CREATE TEMP TABLE order_slot (order_no BIGINT, person_no INTEGER, k TINYINT, kind TINYINT, brand_no TINYINT, channel_no TINYINT, day_no SMALLINT, second_no INTEGER, store_no SMALLINT);

-- name: attach_vault
-- The contact vault is a file of its own.
ATTACH ? AS vault;

-- name: cause_table
-- The planted causes, as app/demo/planted.py states them.
CREATE TEMP TABLE cause (id VARCHAR, kind VARCHAR, channel VARCHAR, store_id VARCHAR, start_on DATE, end_on DATE, kept DOUBLE, template_id VARCHAR, spu_id VARCHAR,
                         start_day INTEGER DEFAULT NULL, end_day INTEGER DEFAULT NULL);

-- name: cause_row
-- One planted cause.
INSERT INTO temp.cause (id, kind, channel, store_id, start_on, end_on, kept, template_id, spu_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: cause_days
-- The windows as day numbers.
UPDATE temp.cause SET start_day = date_diff('day', DATE '2024-09-01', start_on), end_day = date_diff('day', DATE '2024-09-01', end_on);

-- name: set_seed
-- The seed of every stream.
SET VARIABLE seed = CAST(? AS UBIGINT);

-- name: set_people
-- How many identified people there are.
SET VARIABLE people = CAST(? AS BIGINT);

-- name: set_anonymous
-- How many anonymous buyers there are; each buys once.
SET VARIABLE anonymous = CAST(? AS BIGINT);

-- name: set_panel_every
-- Clickstream, touchpoints and sends are kept for one person in this many.
SET VARIABLE panel_every = CAST(? AS BIGINT);

-- name: set_from_person
-- First person of the chunk.
SET VARIABLE from_person = CAST(? AS BIGINT);

-- name: set_to_person
-- Last person of the chunk.
SET VARIABLE to_person = CAST(? AS BIGINT);

-- name: set_from_day
-- First day of the slice.
SET VARIABLE from_day = CAST(? AS BIGINT);

-- name: set_to_day
-- Last day of the slice.
SET VARIABLE to_day = CAST(? AS BIGINT);

-- name: slice_sizes
-- Orders per day, to cut history into slices of bounded size.
SELECT d.day_no, count(s.order_no) FROM day d LEFT JOIN order_slot s ON s.day_no = d.day_no GROUP BY d.day_no ORDER BY d.day_no;

-- name: everyone
-- How many people there are, anonymous ones included.
SELECT CAST(getvariable('people') + getvariable('anonymous') AS BIGINT);

-- name: finish
-- The lowbias32 finalizer (C. Wellons, hash-prospector): a bijection of 32 bits in plain arithmetic, so that a build does not
-- depend on the engine's own hash(), which may change between releases.
CREATE TEMP MACRO mix_a(x) AS (xor(x, x >> 16) * 2146121005::UBIGINT) & 4294967295::UBIGINT;

-- name: finish_b
-- Second round.
CREATE TEMP MACRO mix_b(x) AS (xor(x, x >> 15) * 2221713035::UBIGINT) & 4294967295::UBIGINT;

-- name: finish_c
-- Last round.
CREATE TEMP MACRO mix_c(x) AS xor(x, x >> 16);

-- name: uniform
-- A number in [0, 1) for row `n` of `stream`; the same for every thread count, chunking and platform.
-- Short on purpose: a macro's argument is copied at every use, and each round uses it twice.
CREATE TEMP MACRO u(stream, n) AS mix_c(mix_b(mix_a(
    (n::UBIGINT * 2654435769::UBIGINT + ((getvariable('seed') * 3266489917::UBIGINT + stream::UBIGINT * 2246822519::UBIGINT) & 4294967295::UBIGINT)) & 4294967295::UBIGINT)))::DOUBLE / 4294967296;

-- name: moment
-- Seconds since the first day of history → timestamp.
CREATE TEMP MACRO moment(seconds) AS make_timestamp(1725148800000000 + (seconds)::BIGINT * 1000000);

-- name: on_day
-- Day number (0 = 2024-09-01) → date.
CREATE TEMP MACRO on_day(day_no) AS DATE '2024-09-01' + (day_no)::INTEGER;

-- name: day_number
-- Date → day number.
CREATE TEMP MACRO day_number(d) AS date_diff('day', DATE '2024-09-01', (d)::DATE);

-- name: seconds_at
-- Timestamp → seconds since the first day of history.
CREATE TEMP MACRO seconds_at(ts) AS (epoch_us(ts) - 1725148800000000) // 1000000;

-- name: end_of_history
-- The first second after the last day (2026-10-31): nothing in the warehouse happens at or after it.
CREATE TEMP MACRO end_at() AS 791 * 86400;

-- name: known
-- A moment, or NULL when it lies beyond the last day and so is not known yet.
CREATE TEMP MACRO known(seconds) AS CASE WHEN (seconds) < end_at() THEN moment(seconds) END;

-- name: money
-- Integer cents → DECIMAL(18,2).
CREATE TEMP MACRO money(cents) AS ((cents)::DOUBLE / 100)::DECIMAL(18, 2);

-- name: person_id
-- The unified id of person number `n`.
CREATE TEMP MACRO person_id(n) AS 'U' || lpad((n)::VARCHAR, 8, '0');

-- name: pick
-- An entry of a list for a uniform number in [0, 1).
CREATE TEMP MACRO pick(items, uniform) AS (items)[1 + floor((uniform) * len(items))::BIGINT];

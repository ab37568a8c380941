-- name: member_fact
-- One row per member, as numbers: what marketing and the vault are derived from. Filled by ranges of people.
CREATE TEMP TABLE member_fact (no INTEGER, home_channel TINYINT, city_no SMALLINT, has_guide BOOLEAN, registered BIGINT);

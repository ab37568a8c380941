-- name: pick_channel
-- Channel number for a uniform number; buyers who stay anonymous come from shops (cash) and JD.
CREATE TEMP MACRO pick_channel(uniform, progress, is_anonymous) AS CASE
    WHEN is_anonymous THEN CASE WHEN uniform < 0.62 THEN 6 WHEN uniform < 0.90 THEN 2 ELSE 3 END
    WHEN uniform < 0.350 - 0.100 * progress THEN 1
    WHEN uniform < 0.490 - 0.130 * progress THEN 2
    WHEN uniform < 0.620 - 0.010 * progress THEN 3
    WHEN uniform < 0.670 + 0.040 * progress THEN 4
    WHEN uniform < 0.790 + 0.060 * progress THEN 5
    WHEN uniform < 0.980 - 0.010 * progress THEN 6
    ELSE 7 END::TINYINT;

-- name: regions
-- Cities with their weight among buyers; buyers in a city with a shop go there.
CREATE TEMP TABLE city AS
SELECT row_number() OVER ()::SMALLINT AS city_no, * FROM (VALUES
    ('上海', '上海', 12), ('北京', '北京', 11), ('广东', '广州', 8), ('广东', '深圳', 9), ('浙江', '杭州', 8), ('四川', '成都', 11), ('重庆', '重庆', 5),
    ('江苏', '南京', 6), ('江苏', '苏州', 5), ('湖北', '武汉', 6), ('湖南', '长沙', 5), ('陕西', '西安', 5), ('天津', '天津', 3), ('河南', '郑州', 4),
    ('福建', '厦门', 3), ('浙江', '宁波', 3), ('山东', '青岛', 3), ('山东', '济南', 3), ('辽宁', '沈阳', 2), ('云南', '昆明', 2), ('安徽', '合肥', 3),
    ('江西', '南昌', 2), ('广西', '南宁', 2), ('黑龙江', '哈尔滨', 2)
) t(province, city, weight);

-- name: cities
-- One entry per unit of weight.
SET VARIABLE cities = (SELECT list(city_no ORDER BY city_no, k) FROM (SELECT city_no, unnest(range(0, weight)) AS k FROM city));

-- name: person
-- One row per buyer (or member who never bought). kind: 0 member, 1 customer who has not joined, 2 anonymous.
-- Mixed geometric repeat counts and limited lifetimes give the heterogeneity of NBD-type models.
CREATE TEMP TABLE person AS
WITH base AS (
    SELECT n::INTEGER AS no,
           CASE WHEN n > getvariable('people') THEN 2 WHEN n % 10 < 7 THEN 0 ELSE 1 END::TINYINT AS kind,
           CASE WHEN u(20, n) < 0.84 THEN 1 ELSE 2 END::TINYINT AS brand_no,
           n <= getvariable('people') AND u(21, n) < 0.24 AS is_early,
           pick(getvariable('cities'), u(23, n)) AS city_no,
           CASE WHEN u(24, n) < 0.55 THEN 0.12 WHEN u(24, n) < 0.88 THEN 0.75 ELSE 3.6 END AS yearly_rate,
           -120 * ln(1 - u(25, n)) * CASE WHEN u(24, n) < 0.55 THEN 1.5 ELSE 6 END AS life_days
    FROM range(1, getvariable('people') + getvariable('anonymous') + 1) t(n)
), acquired AS (
    SELECT b.*, CASE WHEN is_early THEN 0 ELSE c.day_no END::SMALLINT AS acquired_day
    FROM base b JOIN curve_bucket c ON c.channel_no = 0 AND c.bucket = floor(u(22, b.no) * 32768)::INTEGER
), channelled AS (
    SELECT a.*, least(790, acquired_day + CASE WHEN is_early THEN life_days * 2.5 + 90 ELSE life_days + 10 END)::SMALLINT AS last_day,
           pick_channel(u(26, no), acquired_day / 791.0, kind = 2) AS home_channel
    FROM acquired a
)
SELECT no, kind, brand_no, is_early, city_no, acquired_day, last_day, home_channel,
       CASE WHEN kind = 2 THEN 0
            WHEN kind = 0 AND u(27, no) < 0.07 THEN -1
            ELSE least(39, floor(ln(1 - u(28, no)) / ln(mu / (1 + mu))))::INTEGER END::TINYINT AS extra_orders
FROM (SELECT c.*, 0.02 + yearly_rate * 1.35 * (last_day - acquired_day + 1) / 365.0 * CASE WHEN is_early THEN 1.1 ELSE 1 END AS mu FROM channelled c)
ORDER BY no;

-- name: home_store
-- Eight slots per (city, brand): five for the largest shop of the city, two for the second, one for the third. Cities without a shop have none.
CREATE TEMP TABLE home_store AS
WITH s AS (
    SELECT c.city_no, CASE p.brand_id WHEN 'glow' THEN 1 ELSE 2 END AS brand_no, list(p.store_no ORDER BY p.weight DESC, p.store_no) AS stores
    FROM store_plan p JOIN city c ON c.city = p.city GROUP BY 1, 2
)
SELECT city_no, brand_no, k::INTEGER AS slot, stores[least([1, 1, 1, 2, 1, 2, 3, 1][k + 1], len(stores))] AS store_no FROM s, range(0, 8) t(k);

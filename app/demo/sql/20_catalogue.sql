-- name: brands
-- The brand and its younger sister. Invented; any likeness to a real company is chance.
INSERT INTO brands VALUES ('glow', '拾光', NULL), ('dew', '朝露', 'glow');

-- name: channels
-- cvr = buyers per visitor; refund_rate = share of paid orders with a refund.
CREATE TEMP TABLE channel AS SELECT * FROM (VALUES
    (1, 'tmall',        0.034, 0.07, true),
    (2, 'jd',           0.040, 0.06, true),
    (3, 'douyin',       0.016, 0.14, true),
    (4, 'xiaohongshu',  0.020, 0.08, true),
    (5, 'wechat_mini',  0.060, 0.05, true),
    (6, 'store',        0.220, 0.02, false),
    (7, 'app',          0.080, 0.05, true)
) t(channel_no, code, cvr, refund_rate, is_online);

-- name: spus
-- Product lines. Some names hold quotes, commas and SQL keywords on purpose: quoting must survive them.
CREATE TEMP TABLE spu AS SELECT * FROM (VALUES
    ('glow',  1, '时光精粹', '精华',   '时光精粹修护精华',          'hero',    399, '30ml', 619, '50ml', DATE '2021-03-01', 90),
    ('glow',  2, '时光精粹', '面霜',   '时光精粹紧致面霜',          'hero',    459, '30g',  699, '50g',  DATE '2021-03-01', 60),
    ('glow',  3, '时光精粹', '眼霜',   '时光精粹亮采眼霜',          'margin',  329, '15g',  529, '25g',  DATE '2021-09-01', 40),
    ('glow',  4, '时光精粹', '爽肤水', '时光精粹柔肤水',            'traffic', 219, '120ml',329, '200ml',DATE '2021-03-01', 36),
    ('glow',  5, '时光精粹', '乳液',   '时光精粹滋养乳',            'margin',  269, '75ml', 389, '120ml',DATE '2021-05-01', 30),
    ('glow',  6, '水光',     '精华',   '水光玻尿酸精华',            'traffic', 189, '30ml', 289, '50ml', DATE '2022-04-01', 58),
    ('glow',  7, '水光',     '面膜',   '水光补水面膜',              'traffic',  79, '5片',  139, '10片', DATE '2022-04-01', 95),
    ('glow',  8, '水光',     '爽肤水', '水光保湿喷雾',              'traffic',  69, '80ml', 109, '150ml',DATE '2022-05-01', 40),
    ('glow',  9, '水光',     '面霜',   '水光凝露霜',                'margin',  199, '50g',  299, '80g',  DATE '2022-06-01', 34),
    ('glow', 10, '净颜',     '洁面',   '净颜氨基酸洁面乳',          'traffic',  89, '100g', 139, '180g', DATE '2020-08-01', 88),
    ('glow', 11, '净颜',     '卸妆',   '净颜卸妆膏',                'traffic', 119, '80g',  169, '120g', DATE '2020-10-01', 52),
    ('glow', 12, '净颜',     '面膜',   '净颜清洁泥膜',              'margin',  139, '75g',  199, '120g', DATE '2021-07-01', 26),
    ('glow', 13, '晴空',     '防晒',   '晴空轻透防晒乳',            'hero',    149, '30ml', 229, '50ml', DATE '2022-03-01', 84),
    ('glow', 14, '晴空',     '防晒',   '晴空防晒喷雾',              'traffic',  99, '100ml',159, '180ml',DATE '2023-03-01', 40),
    ('glow', 15, '晴空',     '底妆',   '晴空气垫',                  'margin',  229, '13g',  379, '13g*2',DATE '2023-04-01', 42),
    ('glow', 16, '花间',     '口红',   '花间丝绒口红',              'hero',    159, '#301', 159, '#305', DATE '2020-05-20', 70),
    ('glow', 17, '花间',     '口红',   '花间水光唇釉',              'traffic', 129, '#02',  129, '#07',  DATE '2023-05-20', 46),
    ('glow', 18, '花间',     '底妆',   '花间柔雾粉底液',            'margin',  259, '30ml', 389, '50ml', DATE '2021-08-01', 38),
    ('glow', 19, '花间',     '眼影',   '花间九色眼影盘',            'margin',  199, '暖棕', 199, '玫瑰', DATE '2022-09-01', 24),
    ('glow', 20, '花间',     '腮红',   '花间腮红膏',                'traffic',  99, '#01',   99, '#03',  DATE '2022-10-01', 20),
    ('glow', 21, 'O''Light', '精华',   'O''Light 夜间精华油',       'margin',  359, '30ml', 519, '50ml', DATE '2023-09-01', 28),
    ('glow', 22, 'O''Light', '面霜',   'O''Light "Deep" 修护晚霜',  'margin',  429, '30g',  649, '50g',  DATE '2023-09-01', 24),
    ('glow', 23, 'Select 精选', '套装', 'Select 精选水乳套装',       'margin',  499, '旅行装', 799, '正装', DATE '2021-11-01', 36),
    ('glow', 24, 'Select 精选', '套装', 'Order By 节日礼盒, 限定',   'margin',  599, '标准版', 899, '豪华版', DATE '2022-11-01', 22),
    ('glow', 25, '安肌',     '面霜',   '安肌舒缓修护霜',            'hero',    239, '50g',  339, '80g',  DATE '2023-06-01', 48),
    ('glow', 26, '安肌',     '精华',   '安肌舒缓精华',              'margin',  289, '30ml', 429, '50ml', DATE '2023-06-01', 32),
    ('glow', 27, '安肌',     '洁面',   '安肌温和洁面泡沫',          'traffic',  99, '120ml',159, '200ml',DATE '2023-07-01', 38),
    ('glow', 28, '安肌',     '面膜',   '安肌冷敷面膜',              'traffic',  99, '5片',  179, '10片', DATE '2023-08-01', 36),
    ('glow', 29, '护手',     '身体护理', '拾光护手霜',              'traffic',  49, '50ml',  79, '100ml',DATE '2020-11-01', 44),
    ('glow', 30, '护手',     '身体护理', '拾光身体乳',              'traffic',  89, '200ml',139, '400ml',DATE '2021-11-01', 30),
    ('glow', 31, '香氛',     '香水',   '拾光 No.7 香水',            'margin',  299, '15ml', 699, '50ml', DATE '2024-02-14', 16),
    ('glow', 32, '臻白',     '精华',   '臻白焕亮精华',              'hero',    369, '30ml', 559, '50ml', DATE '2025-03-01', 62),
    ('glow', 33, '臻白',     '面膜',   '臻白焕亮面膜',              'traffic', 109, '5片',  189, '10片', DATE '2025-03-01', 40),
    ('glow', 34, '臻白',     '面霜',   '臻白焕亮面霜',              'margin',  339, '30g',  519, '50g',  DATE '2025-09-01', 30),
    ('glow', 35, '晴空',     '防晒',   '晴空养肤防晒霜 SPF50+',     'hero',    179, '30ml', 269, '50ml', DATE '2026-03-01', 56),
    ('glow', 36, '时光精粹', '精华',   '时光精粹胶原次抛精华',      'hero',    299, '15支', 529, '30支', DATE '2026-08-15', 70),
    ('glow', 37, '赠品',     '赠品',   '拾光旅行小样套装',          'gift',     39, '四件', 59,  '六件', DATE '2020-01-01', 10),
    ('glow', 38, '花间',     '口红',   '花间限定 100% 红',          'margin',  189, '#100', 189, '#101', DATE '2026-01-10', 26),
    ('dew',   1, '朝露基础', '洁面',   '朝露清晨洁面啫喱',          'traffic',  59, '100ml', 89, '180ml',DATE '2023-04-01', 60),
    ('dew',   2, '朝露基础', '爽肤水', '朝露植萃化妆水',            'traffic',  79, '150ml',119, '300ml',DATE '2023-04-01', 50),
    ('dew',   3, '朝露基础', '乳液',   '朝露轻润乳液',              'margin',   89, '100ml',139, '200ml',DATE '2023-04-01', 40),
    ('dew',   4, '朝露基础', '面霜',   '朝露保湿霜',                'hero',     99, '50g',  149, '80g',  DATE '2023-04-01', 70),
    ('dew',   5, '朝露植萃', '精华',   '朝露烟酰胺精华',            'hero',    119, '30ml', 179, '50ml', DATE '2023-09-01', 80),
    ('dew',   6, '朝露植萃', '面膜',   '朝露茶树面膜',              'traffic',  49, '5片',   89, '10片', DATE '2023-09-01', 64),
    ('dew',   7, '朝露植萃', '防晒',   '朝露清爽防晒',              'traffic',  79, '40ml', 119, '60ml', DATE '2024-03-01', 56),
    ('dew',   8, '朝露彩妆', '口红',   '朝露果冻唇蜜',              'traffic',  59, '#A1',   59, '#A4',  DATE '2024-05-20', 44),
    ('dew',   9, '朝露彩妆', '腮红',   '朝露液体腮红',              'margin',   69, '#B1',   69, '#B2',  DATE '2024-05-20', 22),
    ('dew',  10, '朝露彩妆', '底妆',   '朝露 Group "校园" 粉底',    'margin',  109, '25ml', 159, '40ml', DATE '2025-08-20', 30),
    ('dew',  11, '朝露植萃', '身体护理', '朝露沐浴油',              'traffic',  69, '250ml',109, '500ml',DATE '2026-06-01', 30)
) t(brand_id, spu_no, series, category, spu_name, role, price_1, size_1, price_2, size_2, launched_on, weight);

-- name: skus
-- Two SKUs per line; `weight` drives how often a line is bought.
CREATE TEMP TABLE sku AS
WITH sized AS (
    SELECT brand_id, spu_no, series, category, spu_name, role, launched_on, 1 AS size_no, price_1 AS price, size_1 AS size, weight * 6 AS weight FROM spu
    UNION ALL
    SELECT brand_id, spu_no, series, category, spu_name, role, launched_on, 2, price_2, size_2, weight * 4 FROM spu
)
SELECT row_number() OVER (ORDER BY brand_id DESC, spu_no, size_no)::SMALLINT AS sku_no,
       CASE brand_id WHEN 'glow' THEN 1 ELSE 2 END AS brand_no,
       brand_id,
       upper(left(brand_id, 1)) || lpad(spu_no::VARCHAR, 3, '0') AS spu_id,
       upper(left(brand_id, 1)) || lpad(spu_no::VARCHAR, 3, '0') || '-' || size_no AS product_id,
       spu_name || ' ' || size AS name,
       category, series, role, launched_on, price, weight,
       day_number(launched_on) AS launch_day
FROM sized ORDER BY sku_no;

-- name: products
-- Cost is 18–38 % of the tag price; one old line is off sale.
INSERT INTO products
SELECT product_id, spu_id, brand_id, name, category, series, role, launched_on,
       product_id NOT IN ('G012-2', 'G020-2', 'G031-1'),
       price::DECIMAL(18, 2), round(price * (0.18 + 0.2 * u(1, sku_no)), 2)::DECIMAL(18, 2)
FROM sku ORDER BY product_id;

-- name: sku_fallback
-- What a shopper takes when the wanted SKU is not launched yet or sold out: the same brand, if possible the same category.
CREATE TEMP TABLE sku_fallback AS
SELECT a.sku_no, arg_min(b.sku_no, (CASE WHEN a.category = b.category THEN 0 ELSE 100000 END) + 1000 - b.weight + b.sku_no / 1000.0)::SMALLINT AS fallback_no
FROM sku a JOIN sku b ON a.brand_no = b.brand_no AND b.launch_day <= 0 AND b.role <> 'gift' AND b.product_id NOT LIKE 'G013-%' AND a.spu_id <> b.spu_id
GROUP BY a.sku_no;

-- name: sku_pick
-- 2,048 buckets per brand: bucket → SKU, in proportion to weight.
CREATE TEMP TABLE sku_pick AS
WITH edges AS (
    SELECT sku_no, brand_no,
           (sum(weight) OVER (PARTITION BY brand_no ORDER BY sku_no) - weight) * 2048 // sum(weight) OVER (PARTITION BY brand_no) AS first_bucket,
           sum(weight) OVER (PARTITION BY brand_no ORDER BY sku_no) * 2048 // sum(weight) OVER (PARTITION BY brand_no) AS next_bucket
    FROM sku
)
SELECT brand_no, unnest(range(first_bucket::BIGINT, next_bucket::BIGINT))::SMALLINT AS bucket, sku_no FROM edges;

-- name: sku_picks
-- The same as one list per brand: a list lookup beats a join on tens of millions of lines.
SET VARIABLE sku_picks = (SELECT [list(sku_no ORDER BY bucket) FILTER (brand_no = 1), list(sku_no ORDER BY bucket) FILTER (brand_no = 2)] FROM sku_pick);

-- name: store_plan
-- Stores with their pull on buyers nearby.
CREATE TEMP TABLE store_plan AS SELECT row_number() OVER ()::SMALLINT AS store_no, * FROM (VALUES
    ('S001', 'glow', '上海南京路旗舰店', '华东', '上海', '上海', 'direct',    NULL,   DATE '2019-05-01', 60),
    ('S002', 'glow', '上海徐家汇店',     '华东', '上海', '上海', 'direct',    NULL,   DATE '2020-08-01', 40),
    ('S003', 'glow', '上海五角场店',     '华东', '上海', '上海', 'franchise', NULL,   DATE '2022-03-01', 26),
    ('S004', 'glow', '杭州湖滨店',       '华东', '浙江', '杭州', 'direct',    NULL,   DATE '2020-05-01', 44),
    ('S005', 'glow', '杭州滨江店',       '华东', '浙江', '杭州', 'franchise', NULL,   DATE '2023-04-01', 24),
    ('S006', 'glow', '宁波天一店',       '华东', '浙江', '宁波', 'dealer',    'DL01', DATE '2021-06-01', 20),
    ('S007', 'glow', '南京新街口店',     '华东', '江苏', '南京', 'direct',    NULL,   DATE '2020-09-01', 42),
    ('S008', 'glow', '苏州观前店',       '华东', '江苏', '苏州', 'franchise', NULL,   DATE '2021-10-01', 44),
    ('S009', 'glow', '北京三里屯店',     '华北', '北京', '北京', 'direct',    NULL,   DATE '2019-09-01', 54),
    ('S010', 'glow', '北京西单店',       '华北', '北京', '北京', 'direct',    NULL,   DATE '2020-10-01', 40),
    ('S011', 'glow', '北京朝阳大悦店',   '华北', '北京', '北京', 'franchise', NULL,   DATE '2023-01-10', 26),
    ('S012', 'glow', '天津滨江道店',     '华北', '天津', '天津', 'dealer',    'DL02', DATE '2021-05-01', 22),
    ('S013', 'glow', '广州天河店',       '华南', '广东', '广州', 'direct',    NULL,   DATE '2020-01-10', 48),
    ('S014', 'glow', '广州北京路店',     '华南', '广东', '广州', 'franchise', NULL,   DATE '2022-09-01', 26),
    ('S015', 'glow', '深圳万象店',       '华南', '广东', '深圳', 'direct',    NULL,   DATE '2020-06-18', 50),
    ('S016', 'glow', '深圳福田店',       '华南', '广东', '深圳', 'franchise', NULL,   DATE '2023-05-01', 26),
    ('S017', 'glow', '厦门中山路店',     '华南', '福建', '厦门', 'dealer',    'DL03', DATE '2022-05-01', 18),
    ('S018', 'glow', '成都春熙路店',     '西南', '四川', '成都', 'direct',    NULL,   DATE '2020-07-01', 46),
    ('S019', 'glow', '成都太古里店',     '西南', '四川', '成都', 'direct',    NULL,   DATE '2021-12-01', 90),
    ('S020', 'glow', '重庆解放碑店',     '西南', '重庆', '重庆', 'franchise', NULL,   DATE '2021-04-01', 32),
    ('S021', 'glow', '武汉江汉路店',     '华中', '湖北', '武汉', 'direct',    NULL,   DATE '2020-11-11', 36),
    ('S022', 'glow', '武汉光谷店',       '华中', '湖北', '武汉', 'franchise', NULL,   DATE '2025-04-18', 24),
    ('S023', 'glow', '长沙五一店',       '华中', '湖南', '长沙', 'dealer',    'DL04', DATE '2021-08-01', 26),
    ('S024', 'glow', '西安钟楼店',       '西北', '陕西', '西安', 'dealer',    'DL05', DATE '2022-01-01', 24),
    ('S025', 'glow', '郑州二七店',       '华中', '河南', '郑州', 'dealer',    'DL06', DATE '2023-09-01', 18),
    ('S026', 'glow', '成都 Union 广场店', '西南', '四川', '成都', 'franchise', NULL,  DATE '2026-04-25', 26),
    ('S027', 'dew',  '朝露上海静安店',   '华东', '上海', '上海', 'direct',    NULL,   DATE '2023-10-01', 30),
    ('S028', 'dew',  '朝露杭州店',       '华东', '浙江', '杭州', 'franchise', NULL,   DATE '2024-01-01', 24),
    ('S029', 'dew',  '朝露北京店',       '华北', '北京', '北京', 'direct',    NULL,   DATE '2023-12-01', 26),
    ('S030', 'dew',  '朝露广州店',       '华南', '广东', '广州', 'franchise', NULL,   DATE '2024-05-01', 22),
    ('S031', 'dew',  '朝露成都店',       '西南', '四川', '成都', 'franchise', NULL,   DATE '2025-06-01', 20)
) t(store_id, brand_id, name, region, province, city, store_type, dealer_id, opened_on, weight);

-- name: stores
-- Only shops: stock of the online warehouse is under store_id '' (= not a shop), as in traffic_daily.
INSERT INTO stores SELECT store_id, brand_id, name, region, province, city, store_type, dealer_id, opened_on FROM store_plan ORDER BY store_id;

-- name: store_pick
-- 1,024 buckets per brand: bucket → store.
CREATE TEMP TABLE store_pick AS
WITH edges AS (
    SELECT store_no, brand_id,
           (sum(weight) OVER (PARTITION BY brand_id ORDER BY store_no) - weight) * 1024 // sum(weight) OVER (PARTITION BY brand_id) AS first_bucket,
           sum(weight) OVER (PARTITION BY brand_id ORDER BY store_no) * 1024 // sum(weight) OVER (PARTITION BY brand_id) AS next_bucket
    FROM store_plan
)
SELECT CASE brand_id WHEN 'glow' THEN 1 ELSE 2 END AS brand_no, unnest(range(first_bucket::BIGINT, next_bucket::BIGINT))::SMALLINT AS bucket, store_no
FROM edges;

-- name: store_picks
-- The same as one list per brand.
SET VARIABLE store_picks = (SELECT [list(store_no ORDER BY bucket) FILTER (brand_no = 1), list(store_no ORDER BY bucket) FILTER (brand_no = 2)] FROM store_pick);

-- name: guide_plan
-- Five guides per store, the first two senior; two places of every store are filled again during history.
CREATE TEMP TABLE guide_plan AS
WITH g AS (SELECT store_no, store_id, opened_on, unnest(range(0, 5))::INTEGER AS seat FROM store_plan)
SELECT store_no, seat, 'G' || right(store_id, 3) || '-' || (seat + 1) AS guide_id, store_id,
       ['林', '陈', '黄', '赵', '周', '吴', '徐', '孙', '马', '朱'][1 + (u(2, store_no * 8 + seat) * 10)::BIGINT % 10]
       || ['晓', '梦', '佳', '思', '雨', '嘉', '可', '诗'][1 + (u(3, store_no * 8 + seat) * 8)::BIGINT % 8]
       || ['彤', '瑶', '琪', '然', '宁', '妍', '怡', '岚'][1 + (u(4, store_no * 8 + seat) * 8)::BIGINT % 8] AS name,
       CASE WHEN seat < 2 THEN 'senior' ELSE 'junior' END AS seniority,
       opened_on + (u(5, store_no * 8 + seat) * CASE WHEN seat < 3 THEN 60 ELSE 700 END)::INTEGER AS joined_on
FROM g;

-- name: guides
-- A guide who joined after the last day is not listed.
INSERT INTO guides SELECT guide_id, store_id, name, seniority, least(joined_on, DATE '2026-10-01') FROM guide_plan ORDER BY guide_id;

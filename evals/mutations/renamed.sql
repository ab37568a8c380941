-- Another brand's names: codes trade places, so that whoever remembers which channel or tier is large is wrong. Run on a
-- copy of the demo built from another seed; the names of goods, shops and tags are replaced by evals/mutations/renamed.yaml.
-- Shops keep their channel: store_id belongs to it.
CREATE TEMP TABLE traded (was VARCHAR, becomes VARCHAR);
INSERT INTO traded VALUES ('tmall', 'douyin'), ('douyin', 'wechat_mini'), ('wechat_mini', 'jd'), ('jd', 'xiaohongshu'), ('xiaohongshu', 'app'), ('app', 'tmall');
UPDATE orders SET channel = becomes FROM traded WHERE was = orders.channel;
UPDATE members SET register_channel = becomes FROM traded WHERE was = members.register_channel;
UPDATE events SET channel = becomes FROM traded WHERE was = events.channel;
UPDATE touchpoints SET channel = becomes FROM traded WHERE was = touchpoints.channel;
UPDATE campaigns SET channel = becomes FROM traded WHERE was = campaigns.channel;

-- the channel is part of this table's key: it is filled anew
CREATE TEMP TABLE traffic AS SELECT * REPLACE (coalesce(becomes, channel) AS channel) FROM traffic_daily LEFT JOIN traded ON was = traffic_daily.channel;
DELETE FROM traffic_daily;
INSERT INTO traffic_daily SELECT * EXCLUDE (was, becomes) FROM traffic;

UPDATE members SET tier = CASE tier WHEN 'normal' THEN 'silver' WHEN 'silver' THEN 'gold' WHEN 'gold' THEN 'black' WHEN 'black' THEN 'normal' ELSE tier END,
  gender = CASE gender WHEN 'female' THEN 'male' WHEN 'male' THEN 'female' ELSE gender END;

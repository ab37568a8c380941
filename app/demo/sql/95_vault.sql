-- name: people
-- Names and addresses are invented, and marked so.
INSERT INTO vault.people
SELECT person_id(p.no),
       pick(['林', '陈', '黄', '赵', '周', '吴', '徐', '孙', '马', '朱', '胡', '郭', '何', '高', '罗', '郑', '梁', '谢', '宋', '唐'], u(170, p.no))
       || pick(['晓', '梦', '佳', '思', '雨', '嘉', '可', '诗', '若', '子', '静', '欣'], u(171, p.no)) || pick(['彤', '瑶', '琪', '然', '宁', '妍', '怡', '岚', '涵', '萱', ''], u(172, p.no)),
       c.province || c.city || '虚构路' || (1 + floor(u(173, p.no) * 900))::INTEGER || '号'
FROM member_fact p JOIN city c USING (city_no) WHERE p.no BETWEEN getvariable('from_person') AND getvariable('to_person') ORDER BY p.no;

-- name: contacts
-- Phones start with 100 and e-mails end in .invalid: no such number or host exists. Relatives who share a phone hold the same number.
INSERT INTO vault.contacts
WITH mine AS (SELECT * FROM member_fact WHERE no BETWEEN getvariable('from_person') AND getvariable('to_person'))
SELECT person_id(no), 'phone', '100' || lpad(no::VARCHAR, 8, '0'), moment(registered), 'crm' FROM mine
UNION ALL
SELECT person_id(no), 'phone', '100' || lpad((no - 1)::VARCHAR, 8, '0'), NULL, 'pos' FROM mine WHERE no % 10 > 0 AND u(120, no) < 0.02
UNION ALL
SELECT person_id(no), 'wecom_external_userid', 'wm' || left(md5('wecom|' || getvariable('seed') || '|' || no), 22), moment(registered), 'wecom' FROM mine WHERE has_guide AND u(152, no) < 0.62
UNION ALL
SELECT person_id(no), 'wechat_openid', 'o' || left(md5('openid|' || getvariable('seed') || '|' || no), 26), moment(registered), 'wechat_mini' FROM mine WHERE home_channel IN (5, 6) OR u(118, no) < 0.15
UNION ALL
SELECT person_id(no), 'email', 'member' || no || '@example.invalid', moment(registered), 'crm' FROM mine WHERE u(131, no) < 0.1
UNION ALL
SELECT person_id(no), 'app_device', 'dev-' || left(md5('device|' || getvariable('seed') || '|' || no), 20), moment(registered), 'app' FROM mine WHERE home_channel = 7 OR u(119, no) < 0.06
ORDER BY 1, 2, 3;

-- A search over several series is listed under each of them: their names stand in its own axis, not
-- in the base that all its trials share.

UPDATE runs SET
    exchanges = char(10) || (SELECT group_concat(name, char(10)) FROM
        (SELECT DISTINCT value ->> '$.instrument.exchange' AS name FROM
            (SELECT value FROM json_each(spec, '$.optimization.base.subscriptions')
            UNION ALL SELECT value FROM json_each(spec, '$.optimization.subscription_axis'))
        ORDER BY name)) || char(10),
    symbols = char(10) || (SELECT group_concat(name, char(10)) FROM
        (SELECT DISTINCT value ->> '$.instrument.symbol' AS name FROM
            (SELECT value FROM json_each(spec, '$.optimization.base.subscriptions')
            UNION ALL SELECT value FROM json_each(spec, '$.optimization.subscription_axis'))
        ORDER BY name)) || char(10),
    timeframes = char(10) || (SELECT group_concat(name, char(10)) FROM
        (SELECT DISTINCT value ->> '$.timeframe' AS name FROM
            (SELECT value FROM json_each(spec, '$.optimization.base.subscriptions')
            UNION ALL SELECT value FROM json_each(spec, '$.optimization.subscription_axis'))
        ORDER BY name)) || char(10)
WHERE json_array_length(spec, '$.optimization.subscription_axis') > 0;

SELECT CAST(id % 7 AS INT) AS day, count(*) AS clicks FROM range(100000) GROUP BY 1

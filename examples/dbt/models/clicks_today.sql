{{ config(meta={"priority": "high"}) }}
SELECT * FROM {{ ref("clicks_by_day") }} WHERE day = 0

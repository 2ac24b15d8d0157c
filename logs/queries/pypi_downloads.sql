-- Downloads of each project in each whole month, from PyPI's logs of file downloads (bigquery-public-data.pypi.file_downloads).
--
-- A month counts when the export has all its days. It is dated the first moment after it, when it was known: a backtest
-- must not know it earlier. What is no installer (mirrors, proxies, scanners, browsers) is left out.
WITH seen AS (
    SELECT
        date_trunc('month', CAST("timestamp" AS TIMESTAMP)) AS month,
        date_trunc('day', CAST("timestamp" AS TIMESTAMP)) AS day,
        regexp_replace(lower(project), '[-_.]+', '-', 'g') AS project,
        coalesce(file_downloads.details.installer.name, 'nobody') AS installer
    FROM file_downloads
),
whole AS (
    SELECT month
    FROM seen
    GROUP BY month
    HAVING count(DISTINCT day) = date_part('day', month + INTERVAL '1 month' - INTERVAL '1 day')
)
SELECT
    CAST(CAST(seen.month + INTERVAL '1 month' AS DATE) AS VARCHAR) AS file_date,
    seen.project AS project,
    count(*) AS downloads_month_installers
FROM seen
JOIN whole ON seen.month = whole.month
WHERE seen.installer NOT IN (
    'nobody', 'Artifactory', 'bandersnatch', 'Browser', 'devpi', 'Nexus', 'requests', 'warehouse', 'z3c.pypimirror'
)
GROUP BY seen.month, seen.project
ORDER BY file_date, downloads_month_installers DESC, project

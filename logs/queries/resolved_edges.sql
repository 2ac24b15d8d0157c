-- All that comes with each package's newest release, directly or not, as deps.dev's resolver found it: from its edges of
-- every version (DependencyGraphEdges) and its list of versions (PackageVersions).
--
-- To compare with the closures that the plan counts itself: a resolver takes one environment and one version of each
-- package, and knows nothing of a release that it could not resolve. The newest release is that of direct_edges.sql.
WITH edges_at AS (
    SELECT "System" AS system, max("SnapshotAt") AS moment FROM dependency_graph_edges GROUP BY "System"
),
versions_at AS (
    SELECT "System" AS system, max("SnapshotAt") AS moment FROM package_versions GROUP BY "System"
),
ranked AS (
    SELECT
        p."System" AS system,
        p."Name" AS name,
        p."Version" AS version,
        row_number() OVER (
            PARTITION BY p."System", p."Name"
            ORDER BY p."VersionInfo"."IsRelease" DESC, p."VersionInfo"."Ordinal" DESC
        ) AS place
    FROM package_versions AS p
    JOIN versions_at ON p."System" = versions_at.system AND p."SnapshotAt" = versions_at.moment
)
SELECT DISTINCT
    lower(e."System") AS file_registry,
    CAST(CAST(CAST(e."SnapshotAt" AS TIMESTAMP) AS DATE) AS VARCHAR) AS file_date,
    e."System" AS "System",
    e."Name" AS "Name",
    e."Version" AS "Version",
    e."Name" AS "FromName",
    e."Version" AS "FromVersion",
    e."To"."Name" AS "ToName"
FROM dependency_graph_edges AS e
JOIN edges_at ON e."System" = edges_at.system AND e."SnapshotAt" = edges_at.moment
JOIN ranked ON e."System" = ranked.system AND e."Name" = ranked.name AND e."Version" = ranked.version
WHERE ranked.place = 1
    AND e."To"."Name" <> e."Name"
    AND e."To"."Name" IS NOT NULL
ORDER BY file_registry, file_date, "Name", "ToName"

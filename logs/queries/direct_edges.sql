-- What each package's newest release needs itself, from deps.dev's edges of every version (DependencyGraphEdges) and its
-- list of versions (PackageVersions).
--
-- The newest is the highest release; a pre-release only where there is nothing else. Of each registry the last snapshot
-- counts, as the tables are not written at the same moment.
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
    AND e."From"."Name" = e."Name"
    AND e."From"."Version" = e."Version"
    AND e."To"."Name" IS NOT NULL
ORDER BY file_registry, file_date, "Name", "ToName"

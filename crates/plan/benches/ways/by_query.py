"""All transitive dependents by a recursive query: prints seconds, pairs and the most memory in MiB, as JSON."""

import json
import resource
import sys
import time

import duckdb

begun = time.time()
db = duckdb.connect()
# It would be drawn on the standard output.
db.execute("set enable_progress_bar = false")
db.execute(
    """create table edge as
    select distinct regexp_replace(lower(package), '[-_.]+', '-', 'g') a, regexp_replace(lower(dependency), '[-_.]+', '-', 'g') b
    from read_csv(?, header = true, all_varchar = true)
    where coalesce(extra, '') = '' and coalesce(dependency, '') <> ''""",
    [sys.argv[1]],
)
db.execute("delete from edge where a = b")
read = time.time()
pairs = db.execute(
    """with recursive reached(a, b) as (
        select a, b from edge union select reached.a, edge.b from reached join edge on reached.b = edge.a
    ) select count(*) from reached where a <> b"""
).fetchone()[0]
ended = time.time()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"import-seconds": read - begun, "seconds": ended - read, "pairs": pairs, "peak-mib": peak}))

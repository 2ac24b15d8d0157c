"""All transitive dependents by sparse matrices: prints seconds, pairs and the most memory in MiB, as JSON."""

import csv
import gzip
import json
import re
import resource
import sys
import time

import numpy
import scipy.sparse

begun = time.time()
places, edges = {}, set()
with gzip.open(sys.argv[1], "rt", encoding="utf-8") as text:
    for row in csv.DictReader(text):
        if row["dependency"] and not row["extra"]:
            names = (re.sub("[-_.]+", "-", row[column].lower()) for column in ("package", "dependency"))
            edges.add(tuple(places.setdefault(name, len(places)) for name in names))
edges = numpy.array([edge for edge in edges if edge[0] != edge[1]])
read = time.time()
size = (len(places), len(places))
direct = scipy.sparse.csr_matrix((numpy.ones(len(edges), dtype=bool), (edges[:, 0], edges[:, 1])), shape=size)
reached, step = direct.copy(), direct
while step.nnz:
    # What is reached by one step more, and was not before.
    further = step @ direct
    step = further > further.multiply(reached)
    reached = reached + step
pairs = int(reached.nnz - (reached.diagonal() != 0).sum())
ended = time.time()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"import-seconds": read - begun, "seconds": ended - read, "pairs": pairs, "peak-mib": peak}))

"""Stops by infostop, phone by phone. Runs in its own environment: events.npz stays.npz.

infostop asks for infomap 1.0.6, which does not build any more; the two names that 2 has changed are put back here.
"""

import sys

import numpy as np
from infomap import Infomap
from infostop import Infostop

Infomap.addNode, Infomap.addLink = Infomap.add_node, Infomap.add_link

events = np.load(sys.argv[1])
rows = []
for phone in np.unique(events["phone"]):
    mine = events["phone"] == phone
    data = np.column_stack([events["lat"][mine], events["lon"][mine], events["time"][mine]]).astype(float)
    finder = Infostop(r1=3000, r2=3000, min_staying_time=1800, max_time_between=86_400)
    try:
        labels = finder.fit_predict(data)
    except Exception as error:
        if "No stop events found" not in str(error):
            raise
        continue
    edges = np.flatnonzero(np.diff(labels)) + 1
    for begin, end in zip(np.append(0, edges), np.append(edges, len(labels)) - 1, strict=True):
        if labels[begin] >= 0:
            rows.append((phone, data[begin, 2], data[end, 2]))
phone, start, end = np.array(rows, np.int64).T
np.savez(sys.argv[2], phone=phone, start=start, end=end)

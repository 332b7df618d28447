"""Stops by MovingPandas. Runs in its own environment: events.npz stays.npz."""

import sys
from datetime import timedelta

import movingpandas as mpd
import numpy as np
import pandas as pd

events = np.load(sys.argv[1])
frame = pd.DataFrame(
    {
        "phone": events["phone"],
        "t": pd.to_datetime(events["time"], unit="s"),
        "x": events["lon"],
        "y": events["lat"],
    }
)
many = mpd.TrajectoryCollection(frame, traj_id_col="phone", t="t", x="x", y="y", crs="EPSG:4326")
stops = mpd.TrajectoryStopDetector(many).get_stop_points(
    min_duration=timedelta(minutes=30), max_diameter=6000
)
seconds = [
    (pd.to_datetime(stops[name]) - pd.Timestamp(0)) // pd.Timedelta(seconds=1)
    for name in ("start_time", "end_time")
]
np.savez(
    sys.argv[2],
    phone=stops["traj_id"].to_numpy(np.int64),
    start=seconds[0].to_numpy(),
    end=seconds[1].to_numpy(),
)

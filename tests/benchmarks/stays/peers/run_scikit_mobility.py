"""Stay locations by scikit-mobility. Runs in its own environment: events.npz stays.npz."""

import sys

import numpy as np
import pandas as pd
from skmob import TrajDataFrame
from skmob.preprocessing import detection

events = np.load(sys.argv[1])
frame = pd.DataFrame(
    {
        "uid": events["phone"],
        "datetime": pd.to_datetime(events["time"], unit="s"),
        "lat": events["lat"],
        "lng": events["lon"],
    }
)
stays = detection.stay_locations(
    TrajDataFrame(frame),
    minutes_for_a_stop=30.0,
    spatial_radius_km=3.0,
    leaving_time=True,
    no_data_for_minutes=1440,
)
begin, end = (
    pd.to_datetime(stays[name]).astype("int64") // 10**9 for name in ("datetime", "leaving_datetime")
)
np.savez(sys.argv[2], phone=stays["uid"].to_numpy(np.int64), start=begin.to_numpy(), end=end.to_numpy())

"""Stay points by trackintel (sliding window). Runs in trackintel's own environment: events.npz stays.npz."""

import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import trackintel as ti

events = np.load(sys.argv[1])
fixes = gpd.GeoDataFrame(
    {"user_id": events["phone"], "tracked_at": pd.to_datetime(events["time"], unit="s", utc=True)},
    geometry=gpd.points_from_xy(events["lon"], events["lat"]),
    crs="EPSG:4326",
)
fixes.index.name = "id"
fixes = ti.Positionfixes(fixes)
_, stays = fixes.generate_staypoints(
    method="sliding", dist_threshold=3000, time_threshold=30, gap_threshold=1440, include_last=True
)
seconds = {
    name: (stays[name] - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)
    for name in ("started_at", "finished_at")
}
np.savez(
    sys.argv[2],
    phone=stays["user_id"].to_numpy(),
    start=seconds["started_at"].to_numpy(),
    end=seconds["finished_at"].to_numpy(),
)

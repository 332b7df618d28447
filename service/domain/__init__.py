"""What the service means: pure values and decisions; no I/O, no clock, no randomness."""

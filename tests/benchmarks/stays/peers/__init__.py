"""Stay detection by others, each in a virtual environment of its own: `runner.py` here, `run_NAME.py` over there."""

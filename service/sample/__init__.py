"""A month of a small country, made up: places, people, and the signalling they leave behind."""

"""Are the stays true? A simulated month of people and radio with known truth, methods, and scores."""

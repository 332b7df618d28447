"""An SMPP 3.4 message centre with simulated handsets behind it. Of ours it imports `service.smpp` alone."""

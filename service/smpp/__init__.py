"""SMPP 3.4 without sockets: one protocol core for both ends."""

"""Promises: what the flows expect of the outside. Each promise has one contract test, run on every adapter."""

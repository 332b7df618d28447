"""Start, parse, call one flow, render."""

"""From signalling events to stays: arrays in, changes out."""

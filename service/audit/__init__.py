"""What the transparency log is made of: entries, their canonical bytes."""

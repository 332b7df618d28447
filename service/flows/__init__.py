"""What the service does, each flow read once from top to bottom in numbered steps."""

"""Domain values as canonical versioned bytes, and back."""

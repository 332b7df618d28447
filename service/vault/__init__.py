"""The only place where plaintext meets storage."""

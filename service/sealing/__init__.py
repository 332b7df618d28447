"""Cryptographic primitives put together once: envelopes, key derivation, blind indices."""

"""Writes: one function is one intention is one transaction."""

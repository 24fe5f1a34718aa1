"""The bank: statements in."""

"""Movements of tokens: trust lines, steps between accounts, strands, and the engine that runs them."""

"""The control plane: contract calls, events from final blocks and compiled artifacts."""

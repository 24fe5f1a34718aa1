"""Pure rules and records: money, ids, policy, profile and the state machines of operations. No I/O."""

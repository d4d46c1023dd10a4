"""The seal: one Merkle tree over the events of all chained logs, and signed checkpoints of it."""

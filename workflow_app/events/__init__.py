"""Events: their tables, the chain, the one writer and the one reader."""

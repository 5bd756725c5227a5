"""Probes: small models on the frozen, pooled features of one layer, always tried on photos that they were not fitted to."""

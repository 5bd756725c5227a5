"""The index of a scanned collection."""

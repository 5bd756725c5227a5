"""Embeddings: maps of features in three dimensions, fitted once, on which new photos are placed without moving it."""

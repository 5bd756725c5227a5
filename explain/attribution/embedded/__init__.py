"""The embedded model attributed: over cells of its statistics, and over the photo as viewed."""

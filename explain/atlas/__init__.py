"""Atlases: how well each layer separates each distortion, and labelled levels among which a photo finds its nearest."""

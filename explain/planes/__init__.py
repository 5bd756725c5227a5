"""Planes: the subspaces that the ladders of each distortion span in the features of a layer."""

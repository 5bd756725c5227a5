"""The registry of distortions, and one file for each family of kernels."""

"""The conditions of evaluation: post-processings after the distortion, and severities that count as mild and clear."""

EVALUATED_POST_PROCESSINGS = ("png", "jpeg92", "resize88_jpeg90", "social_network")
MILD, CLEAR = 0.25, 0.5  # severities: a mild one lies between the two, a clear one above the second

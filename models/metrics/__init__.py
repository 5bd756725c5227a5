"""Agreement with people's scores, and its uncertainty: correlations, bootstrap and conformal intervals."""

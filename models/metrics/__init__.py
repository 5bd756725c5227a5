"""How scores agree with people's, and how sure that is: correlations, bootstrap and conformal intervals."""

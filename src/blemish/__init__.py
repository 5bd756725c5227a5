"""blemish."""

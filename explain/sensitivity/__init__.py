"""How sensitive a quality model is to severity: its scores along ladders, and what they say."""

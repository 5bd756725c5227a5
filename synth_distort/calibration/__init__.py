"""How the severity scale is made and validated: curves, full-reference measures, ladders on photos."""

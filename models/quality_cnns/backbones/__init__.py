"""The networks that quality CNNs are built on, and where their weights come from."""

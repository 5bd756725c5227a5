"""Quality models: from a photo's statistics to distortions, severities and a score, and how they are trained and measured."""

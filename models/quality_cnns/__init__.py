"""Quality CNNs as four building blocks: regions, backbone, aggregation, head (Celona and Schettini, 2020)."""

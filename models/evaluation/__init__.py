"""What is measured of the embedded model: trials on photos that were kept from training, and agreement with people."""

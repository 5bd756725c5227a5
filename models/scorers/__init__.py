"""Any quality model behind one small interface: a batch of images in, a score for each out."""

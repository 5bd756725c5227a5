"""The atlas of labelled levels: where a photo falls among the ladders of other photos, in the embedded model's own features."""

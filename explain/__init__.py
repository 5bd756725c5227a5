"""Why, where and how sure: what a model's answer means for one photo, with the experiments that back it."""

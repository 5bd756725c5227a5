"""Why, where and how sure: what a model's prediction means for one photo, with the experiments that back it."""

"""Attribution put to the test: known regions, repairs, shuffled weights; and the league table of all methods."""

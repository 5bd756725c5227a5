"""Attribution drawn, and the league table of its methods."""

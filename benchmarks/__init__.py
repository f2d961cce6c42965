"""Figures, as ratios against a floor measured in the same run where that is possible. `make bench` prints them."""

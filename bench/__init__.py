"""Measurements that people run by hand: they take minutes and judge nothing."""

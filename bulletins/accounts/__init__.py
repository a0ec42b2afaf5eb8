"""Signing in: passwords, one-time codes, how long a session lasts, and the log of it."""

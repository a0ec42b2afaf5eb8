"""Programs of the project: set-up, checks, trials, pictures."""

"""Composing, approving, publishing and distributing official bulletins."""

"""Open data: what is published, as JSON for other sites and programs (docs/api.md)."""

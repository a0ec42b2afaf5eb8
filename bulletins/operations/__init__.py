"""What the people who run the system see of it: probes, metrics, a line a request."""

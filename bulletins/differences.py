"""What two documents say differently, paragraph by paragraph and word by word."""

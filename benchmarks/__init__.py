"""Side by side with what people run today; see README.md."""

"""What is decided: sites against forest, status and certainty."""

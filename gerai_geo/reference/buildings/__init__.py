"""Buildings as lists and the application export describe them: stage, percentage, dates."""

"""Translation, labels and number formats: Indonesian first, English second."""

"""Translation, labels and numbers for people: Indonesian first, English second."""

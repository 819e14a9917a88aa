"""Steps of a long job: how much of one is done."""

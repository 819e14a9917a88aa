"""Steps of a long job: how much of one is done, and the memory it leaves."""

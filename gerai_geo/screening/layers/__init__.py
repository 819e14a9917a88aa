"""Where the layers lie, and where they contradict themselves."""

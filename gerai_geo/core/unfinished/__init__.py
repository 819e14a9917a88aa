"""Files and folders that are being written, told from what killed processes left of them."""

"""A long list province by province: one result folder each, and a page above them."""

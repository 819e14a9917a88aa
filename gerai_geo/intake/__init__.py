"""What comes in: lists of sites, forest layers, boundaries; read, checked, and told what is wrong."""

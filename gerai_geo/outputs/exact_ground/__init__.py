"""What a map carries of the layer as it is, to judge a position in the page."""

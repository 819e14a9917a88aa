"""How maps show things: colours of legends, and what a map of a scale leaves out."""

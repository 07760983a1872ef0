"""Other servers: what came from them, what goes to them, how they are, and what this city decided about them."""

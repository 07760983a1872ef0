"""The newsroom's desk: what residents tell a page in confidence, whom it has not answered yet, how it is talked of."""

"""How the files of the demonstration city were drawn: plan, houses, pictures. Not needed to run it."""

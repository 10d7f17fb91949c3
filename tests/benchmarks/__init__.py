"""How fast the course grades a class, and where the time goes."""

"""What we know to look for: the rule language, its compiler and the shipped rules."""

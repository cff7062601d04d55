"""What we learn to look for: online models behind one protocol."""

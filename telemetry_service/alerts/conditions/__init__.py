"""One file for each family: from what was read to the signs that it shows. No clock, no database."""

"""One class a verifier: asks real software and tells what it said."""

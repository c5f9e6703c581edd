"""One class per verifier: asks real software and returns its answer."""

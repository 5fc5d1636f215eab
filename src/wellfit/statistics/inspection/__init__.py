"""What predictions depend on and how far they can be trusted: importance, partial dependence, reliability, curves."""

"""What a model's predictions depend on and how far they can be trusted, on rows whose target is known, as figures."""

"""The base of the engine: the kernel compiler and its cache, random numbers, elementary functions, linear algebra."""

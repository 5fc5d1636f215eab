"""The engine: recipe and arrays in, trained members out. It knows no file format, no table and no screen."""

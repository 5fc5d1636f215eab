"""What the experiments of the lab found at full size, as JSON: `python -m docs.generator.lab`, which `make gallery` runs."""

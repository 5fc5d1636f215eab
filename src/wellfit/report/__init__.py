"""Reports: what a fit, a study or a diagnosis found, as one HTML page, as Markdown and as JSON."""

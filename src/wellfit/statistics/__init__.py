"""Pure functions of arrays: metrics, intervals, comparisons, baselines, calibration, ensembles, and a fit's result."""

"""Pure functions of arrays: metrics, intervals, comparisons, baselines, calibration, selection of ensembles, results."""

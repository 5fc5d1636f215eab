"""Pure functions of arrays: metrics, intervals, calibration, the selection of ensembles."""

"""Running a model: the registry on disk, the detector and its calibration."""

"""Everything broken at once, with real processes: nothing accepted is lost, nothing filed twice."""

"""The world for drills: simulated aircraft, simulated CAD, scenarios, scores."""

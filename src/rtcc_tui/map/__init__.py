"""The live map: streets drawn once per viewport, everything that moves laid over them. Pure."""

"""What each part of the screen says: pure functions from a session and a time to lines of spans."""

"""What a shift leaves behind: the journal in words, quarantined messages."""

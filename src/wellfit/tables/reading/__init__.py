"""Files and frames of other libraries read into tables; nothing is decided here about what columns mean."""

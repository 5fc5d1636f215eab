"""One file an experiment, a folder a group: question, claims, what is trained and measured, and the picture."""

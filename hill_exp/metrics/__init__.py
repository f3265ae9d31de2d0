"""What is measured of a participant, and of whom the errors fall on; one question a file."""

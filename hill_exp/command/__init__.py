"""From the command that was given to its end: what is asked, who takes part, and what is told of it."""

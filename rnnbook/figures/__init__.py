"""The live figures of the book: their front end, what it builds, and their stills."""

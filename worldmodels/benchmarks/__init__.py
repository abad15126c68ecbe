"""How fast the library is: each module times one part and says what it aims at."""

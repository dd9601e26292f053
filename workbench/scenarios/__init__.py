"""The scenario suite: situations of whole fleets with the cause and the remedy that are right, played and reported."""

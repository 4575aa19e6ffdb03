"""Where the cards of a picture and the lines between them go: pure geometry, without Graphviz."""

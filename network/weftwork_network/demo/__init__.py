"""The demo: four departments settle one real case on the network that is up."""

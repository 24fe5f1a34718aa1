"""The profile templates that are shipped: devnet, standalone, testnet and an example for the main network."""

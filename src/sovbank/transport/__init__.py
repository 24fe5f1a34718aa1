"""The network: capped JSON over HTTP. What is asked, and what an answer means, is for the ports to say."""

"""Wire formats of MQTT, one file each: from what a device tells to topic and payload; providers.md §8.2."""

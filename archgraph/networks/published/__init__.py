"""The networks around the architectures of each space, one file a space; `custom` is that of spaces which have none."""

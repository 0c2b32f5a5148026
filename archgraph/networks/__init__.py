"""The networks around the cells as blueprints: layers, joins and what they cost; one file a space.

`archgraph.networks.registry` holds the table of them. Nothing here needs torch but the graphs themselves; `supernet`
makes blueprints modules.
"""

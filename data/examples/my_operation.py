"""Operations of your own: what their features say is all that an encoder sees of them.

    from archgraph import OPS
    from my_operation import OPERATIONS

    for operation in OPERATIONS:
        OPS.register(operation)

Files of graphs carry their description, so that others read these without this file. Whether they keep what operations
promise tells `archgraph.testing.OperationContract`.
"""

from archgraph import Operation

OPERATIONS = (
    Operation("my-conv7x7", "conv", kernel=7, activation="post"),
    Operation("my-wide-mbconv", "mbconv", kernel=5, groups=0, expansion=8, norm=True),
)

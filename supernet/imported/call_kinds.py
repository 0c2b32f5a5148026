"""What calls do with the sides of their tensors, by the operators' short names."""

from __future__ import annotations

_POINTWISE = """
relu relu6 hardtanh hardswish hardsigmoid silu gelu elu selu celu mish tanh sigmoid leaky_relu softplus exp log sqrt
rsqrt abs neg clamp clamp_min pow square reciprocal dropout feature_dropout alpha_dropout clone contiguous to _to_copy
add sub rsub mul div maximum minimum detach alias type_as threshold erf
"""
POINTWISE = frozenset(_POINTWISE.split())
"""Calls whose result has at each place a function of what they take there; sides of 1 are repeated."""
WINDOWS = (
    "max_pool",
    "avg_pool",
    "adaptive_avg_pool",
    "adaptive_max_pool",
    "upsample_nearest",
    "upsample_bilinear",
    "constant_pad_nd",
)
LOOKS = frozenset(("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "_unsafe_view", "ravel"))
REDUCTIONS = dict.fromkeys(("mean", "sum", "amax", "amin", "var", "std"), 1) | {"norm": 2, "linalg_vector_norm": 2}
"""Calls that take sides together -> where the numbers of those stand among their arguments."""
ALONG = dict.fromkeys(("split", "split_with_sizes", "chunk"), 2) | dict.fromkeys(
    ("softmax", "_softmax", "log_softmax", "slice", "cat", "cumsum"), 1
)
"""Calls that treat one side as a whole -> where the number of that side stands among their arguments."""
NUMBERED: dict[str, tuple[int, ...]] = {
    **{name: (at,) for name, at in (ALONG | REDUCTIONS).items()},
    **dict.fromkeys(("select", "permute"), (1,)),
    "transpose": (1, 2),
}
"""Calls that say sides by their numbers -> at which of their arguments."""

"""The operators that a program may call, by name: what a file of a stranger's network can do is what stands here.

Each computes new tensors from tensors and numbers alone. None reads or writes files, memory of others or what it is
given, none makes tensors of unset memory, and none knows another device than that of the inputs. What is of torch's
inside (`_...`) stands here one by one, where traced networks call it. Random numbers are from torch's own generator.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import torch

from archgraph._compat import changes_its_arguments, is_of_tensors
from archgraph.errors import InputError

_POINTWISE = """
abs absolute acos acosh add addcdiv addcmul angle arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh atan
atan2 atanh bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor ceil celu clamp
clamp_max clamp_min clip complex conj conj_physical copysign cos cosh deg2rad digamma div divide elu eq erf erfc
erfinv exp exp2 expm1 float_power floor floor_divide fmax fmin fmod frac frexp gcd ge gelu glu greater greater_equal
gt hardshrink hardsigmoid hardswish hardtanh heaviside hypot i0 igamma igammac imag isclose isfinite isinf isnan
isneginf isposinf isreal lcm ldexp le leaky_relu lerp less less_equal lgamma log log10 log1p log2 log_sigmoid
logaddexp logaddexp2 logical_and logical_not logical_or logical_xor logit lt masked_fill maximum minimum mish mul
multiply nan_to_num ne neg negative nextafter not_equal polar polygamma positive pow prelu rad2deg real reciprocal
relu relu6 remainder resolve_conj resolve_neg round rsqrt rsub selu sgn sigmoid sign signbit silu sin sinc sinh
softplus softshrink special_digamma special_entr special_erf special_erfc special_erfcx special_erfinv special_exp2
special_expit special_expm1 special_gammainc special_gammaincc special_gammaln special_i0 special_i0e special_i1
special_i1e special_log1p special_log_ndtr special_logit special_ndtr special_ndtri special_polygamma special_psi
special_round special_sinc special_xlog1py special_xlogy special_zeta sqrt square sub subtract tan tanh threshold
true_divide trunc where xlogy
__and__ __lshift__ __or__ __rshift__ __xor__ _prelu_kernel
"""
_LAYERS = """
adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d
adaptive_max_pool3d affine_grid_generator avg_pool1d avg_pool2d avg_pool3d batch_norm bilinear cdist channel_shuffle
col2im conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d convolution cosine_similarity
embedding embedding_bag grid_sampler grid_sampler_2d grid_sampler_3d group_norm gru gru_cell im2col instance_norm
layer_norm linear log_softmax lstm lstm_cell max_pool1d max_pool1d_with_indices max_pool2d max_pool2d_with_indices
max_pool3d max_pool3d_with_indices max_unpool2d max_unpool3d native_batch_norm native_channel_shuffle
native_group_norm native_layer_norm norm_except_dim pairwise_distance pdist pixel_shuffle pixel_unshuffle renorm
rms_norm rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell scaled_dot_product_attention softmax special_log_softmax
special_softmax upsample_bicubic2d upsample_bilinear2d upsample_linear1d upsample_nearest1d upsample_nearest2d
upsample_nearest3d upsample_trilinear3d
_adaptive_avg_pool2d _adaptive_avg_pool3d _convolution _log_softmax _native_batch_norm_legit_no_training _safe_softmax
_scaled_dot_product_flash_attention_for_cpu _softmax _trilinear _upsample_bicubic2d_aa _upsample_bilinear2d_aa
_upsample_nearest_exact1d _upsample_nearest_exact2d _upsample_nearest_exact3d _weight_norm _weight_norm_interface
"""
_PRODUCTS = """
addbmm addmm addmv addr baddbmm bmm chain_matmul cholesky_inverse cholesky_solve cross det dot einsum ger inner
inverse kron linalg_cholesky linalg_cholesky_ex linalg_cross linalg_det linalg_diagonal linalg_eig linalg_eigh
linalg_eigvals linalg_eigvalsh linalg_householder_product linalg_inv linalg_inv_ex linalg_lstsq linalg_lu
linalg_matmul linalg_matrix_exp linalg_matrix_norm linalg_matrix_power linalg_matrix_rank linalg_multi_dot linalg_norm
linalg_pinv linalg_qr linalg_slogdet linalg_solve linalg_solve_ex linalg_solve_triangular linalg_svd linalg_svdvals
linalg_tensorinv linalg_tensorsolve linalg_vecdot linalg_vector_norm logdet matmul matrix_exp matrix_power mm mv orgqr
outer pinverse slogdet svd tensordot trace triangular_solve vdot
_linalg_det _linalg_eigh _linalg_slogdet _linalg_solve_ex _linalg_svd
"""
_FOURIER = """
fft_fft fft_fft2 fft_fftfreq fft_fftn fft_fftshift fft_hfft fft_hfft2 fft_hfftn fft_ifft fft_ifft2 fft_ifftn
fft_ifftshift fft_ihfft fft_ihfft2 fft_ihfftn fft_irfft fft_irfft2 fft_irfftn fft_rfft fft_rfft2 fft_rfftfreq
fft_rfftn istft stft
_fft_c2c _fft_c2r _fft_r2c
"""
_REDUCTIONS = """
all amax amin aminmax any argmax argmin argsort bincount bucketize corrcoef count_nonzero cov cummax cummin cumprod
cumsum cumulative_trapezoid diff dist frobenius_norm gradient histc isin kthvalue logcumsumexp logsumexp max mean
median min mode msort nanmean nanmedian nanquantile nansum norm nuclear_norm prod quantile searchsorted sort
special_logsumexp std std_mean sum topk trapezoid trapz unique_consecutive unique_dim unique_dim_consecutive var
var_mean
_unique _unique2
"""
_PLACES = """
adjoint alias alias_copy argwhere as_strided as_strided_copy as_strided_scatter atleast_1d atleast_2d atleast_3d
block_diag broadcast_tensors broadcast_to cat chunk clone column_stack concat concatenate constant_pad_nd contiguous
copy detach detach_copy diag diag_embed diagflat diagonal diagonal_copy diagonal_scatter dsplit dstack expand
expand_as expand_copy fill flatten flip fliplr flipud gather hsplit hstack index index_add index_copy index_fill
index_put index_reduce index_select lift_fresh_copy mH mT masked_scatter masked_select matrix_H meshgrid moveaxis
movedim narrow narrow_copy nonzero nonzero_static numpy_T one_hot pad pad_sequence permute permute_copy put ravel
reflection_pad1d reflection_pad2d reflection_pad3d repeat repeat_interleave replication_pad1d replication_pad2d
replication_pad3d reshape reshape_as roll rot90 row_stack scatter scatter_add scatter_reduce select select_copy
select_scatter slice slice_copy slice_scatter split split_copy split_with_sizes split_with_sizes_copy squeeze
squeeze_copy stack swapaxes swapdims t t_copy take take_along_dim tensor_split tile to transpose transpose_copy tril
triu type_as unbind unbind_copy unflatten unfold unfold_copy unsafe_chunk unsafe_split unsafe_split_with_sizes
unsqueeze unsqueeze_copy view view_as view_as_complex view_as_complex_copy view_as_real view_as_real_copy view_copy
vsplit vstack zero
_conj _neg_view _reshape_alias _to_copy _unsafe_index _unsafe_index_put _unsafe_view
"""
_MADE = """
arange bartlett_window blackman_window eye full full_like hamming_window hann_window kaiser_window linspace logspace
new_full new_ones new_zeros ones ones_like range scalar_tensor tril_indices triu_indices zeros zeros_like
"""
_RANDOM = """
alpha_dropout bernoulli dropout feature_alpha_dropout feature_dropout multinomial native_dropout normal poisson rand
rand_like randint randint_like randn randn_like randperm rrelu
"""
_LOSSES = """
binary_cross_entropy binary_cross_entropy_with_logits cosine_embedding_loss cross_entropy_loss hinge_embedding_loss
huber_loss kl_div l1_loss margin_ranking_loss mse_loss nll_loss nll_loss2d nll_loss_nd poisson_nll_loss smooth_l1_loss
soft_margin_loss triplet_margin_loss
"""
_SIDES = frozenset(("item", "sym_numel", "sym_size", "sym_stride", "_local_scalar_dense"))
"""What gives a number."""
OPERATORS: dict[str, frozenset[str]] = {
    "aten": _SIDES.union(
        *map(
            str.split,
            (_POINTWISE, _LAYERS, _PRODUCTS, _FOURIER, _REDUCTIONS, _PLACES, _MADE, _RANDOM, _LOSSES),
        )
    ),
    "torchvision": frozenset(("deform_conv2d", "nms", "ps_roi_align", "ps_roi_pool", "roi_align", "roi_pool")),
}
"""Where operators are from -> their names; all overloads that write into nothing."""
WORDS = frozenset(
    (
        *("float32", "float64", "float16", "bfloat16", "complex32", "complex64", "complex128", "bool"),
        *("int64", "int32", "int16", "int8", "uint8", "uint16", "uint32", "uint64", "strided"),
        *("contiguous_format", "preserve_format", "channels_last", "channels_last_3d"),
    )
)
"""Types, layouts and memory formats that calls may name."""
_LARGEST = 1 << 63
Number = int | float | torch.SymInt | torch.SymFloat | torch.SymBool


def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of numbers, which takes nothing else and gives none that a tensor could not hold.

    Without this `mul` repeats texts and lists, and its results may double in length with each call.
    """

    @wraps(function)
    def call(*values: Any) -> Any:
        every = values[0] if len(values) == 1 and isinstance(values[0], list | tuple) else values
        for value in every:
            if not isinstance(value, Number):
                raise TypeError(f"takes numbers, but got a {type(value).__name__}")
        found = function(*values)
        if isinstance(found, int) and abs(found) >= _LARGEST:
            raise OverflowError("a number of more than 64 bits")
        return found

    return call


def _item(values: Any, number: Any) -> Any:
    """One of several values that an operator gave."""
    if not isinstance(values, list | tuple) or not isinstance(number, int):
        raise TypeError(f"takes one of several values by its number, but got a {type(values).__name__}")
    return values[number]


NUMBERS: dict[str, Callable[..., Any]] = {
    "getitem": _item,
    **{n: _of_numbers(getattr(operator, n)) for n in ("add", "sub", "mul", "floordiv", "truediv", "mod", "neg")},
    **{n: _of_numbers(getattr(torch, n)) for n in ("sym_max", "sym_min", "sym_float", "sym_int", "sym_sum")},
}
"""Functions of numbers and of several values that programs call beside torch's operators."""


@cache
def operator_of(op: str) -> Callable[..., Any]:
    """The function that a call's `op` names, `aten.NAME.OVERLOAD` or one of `NUMBERS`.

    Raises:
        InputError: programs call no such function.

    Example:
        >>> operator_of("aten.relu.default")(torch.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    if op in NUMBERS:
        return NUMBERS[op]
    space, _, rest = op.partition(".")
    name, _, overload = rest.partition(".")
    if name in OPERATORS.get(space, ()):
        if space == "torchvision":
            import torchvision  # noqa: F401  # makes its operators known
        packet = getattr(getattr(torch.ops, space), name, None)
        if packet is not None and overload in packet.overloads():
            found: Callable[..., Any] = getattr(packet, overload)
            if not changes_its_arguments(found) and (name in _SIDES or is_of_tensors(found)):
                return found
    raise InputError(f"a network calls no {op[:64]!r}")

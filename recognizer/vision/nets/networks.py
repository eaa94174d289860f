"""dlib's two nets as ONNX graphs for ONNX Runtime, built in memory from dlib's own weights.

The structure follows dlib's examples dnn_face_recognition_ex.cpp (the encoder) and dnn_mmod_face_detection_ex.cpp (the
detector). dlib's input normalisation, (pixel - mean) / 256, is folded into the first convolution where that is exact.
In the encoder this is all of it, since the first convolution pads nothing. In the detector it is the division only:
dlib surrounds the picture with zeros after it has subtracted the mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
import onnxruntime as ort

from recognizer.vision.nets import onnx_format
from recognizer.vision.nets.dlib_format import Convolution, DlibNet, Floats
from recognizer.vision.nets.onnx_format import FLOAT, UINT8

MEAN_RGB = np.array([122.782, 117.001, 104.298], np.float32)
DIVISOR = 256.0
"""dlib's input_rgb_image: (pixel - mean) / 256."""

CHIP_PIXELS = 150
_STAGES = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
"""(channels, residual blocks) of the encoder; every stage but the first halves the image in its first block."""

_LARGEST_REST_BYTES = 1_000_000
"""A free block that is larger than asked for by more than this is split, and the rest stays free for others."""

_LANES = 8
"""The number of channels is a multiple of this, so that ONNX Runtime keeps them interleaved from layer to layer."""


Pair = tuple[Convolution, Convolution]
"""Two narrow convolutions in place of a square one: down the columns, then along the rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """graph: an ONNX model that names its weights but does not hold them; weights: by these names."""

    graph: bytes
    weights: Mapping[str, Floats]


def run_on_cpu(model: Model, threads: int) -> ort.InferenceSession:
    """A session that uses that many threads. It copies the weights, so the model need not be kept."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    _share_one_arena()
    options.add_session_config_entry("session.use_env_allocators", "1")
    # A pattern would be kept for every size of picture, and there are many.
    options.enable_mem_pattern = False
    # Not as a part of the graph: ONNX Runtime's Python side would keep the graph's bytes beside its own copy.
    weights = [ort.OrtValue.ortvalue_from_numpy(values) for values in model.weights.values()]
    options.add_external_initializers(list(model.weights), weights)
    return ort.InferenceSession(model.graph, options, providers=["CPUExecutionProvider"])


@cache
def giving_back_memory() -> ort.RunOptions:
    """Options of a run after which the arena returns whatever is free in it, for runs that need much and are seldom."""
    options = ort.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


@cache
def _share_one_arena() -> None:
    """Let all sessions of this process take their memory from one arena; done once.

    Without it every search of a whole frame gets tens of megabytes from the system anew and leaves holes in the heap,
    which takes a twentieth more time and 40 MB more. ONNX Runtime's default, an arena for each session that grows by
    doubling, would take still more memory.
    """
    place = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    as_asked = {"arena_extend_strategy": 1, "max_dead_bytes_per_chunk": _LARGEST_REST_BYTES}
    ort.create_and_register_allocator(place, ort.OrtArenaCfg(as_asked))


def encoder_model(net: DlibNet) -> Model:
    """``chips`` uint8 RGB (n, 150, 150, 3) → ``encodings`` float32 (n, 128)."""
    if net.projection is None:
        raise ValueError("the encoder ends in a projection")
    graph, layers = _Graph(), iter(net.convolutions)
    x = graph.add("Transpose", graph.add("Cast", "chips", to=FLOAT), perm=[0, 3, 1, 2])
    x = graph.add("Relu", graph.convolve(x, next(layers).on_raw_pixels(MEAN_RGB, DIVISOR)))
    x = graph.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2])
    size, channels = 35, _STAGES[0][0]
    for stage, (width, blocks) in enumerate(_STAGES):
        for block in range(blocks):
            y = graph.add("Relu", graph.convolve(x, next(layers)))
            y = graph.convolve(y, next(layers))
            if stage and not block:
                x, y, size = _halve(graph, x, y, size, channels, width)
                channels = width
            x = graph.add("Relu", graph.add("Add", y, x))
    x = graph.add("Flatten", graph.add("GlobalAveragePool", x))
    x = graph.add("MatMul", x, graph.weight(net.projection))
    if next(layers, None) is not None:
        raise ValueError("the encoder has more convolutions than its structure")
    return graph.model("chips", UINT8, ["n", CHIP_PIXELS, CHIP_PIXELS, 3], x, "encodings", ["n", 128])


def _halve(graph: _Graph, x: str, y: str, size: int, channels: int, width: int) -> tuple[str, str, int]:
    """The shortcut past a block that halves the image, and the block's output made as large.

    dlib averages 2 x 2 pixels and fills missing channels and pixels with zeros. Here one convolution does the average
    and the empty channels, so that the layout stays interleaved. The missing pixels, at the bottom right, need a
    padding.
    """
    weight = np.zeros((width, channels, 2, 2), np.float32)
    weight[np.arange(channels), np.arange(channels)] = 0.25
    shortcut = graph.convolve(x, Convolution(weight, np.zeros(width, np.float32), 2, 0))
    block_size, shortcut_size = (size - 3) // 2 + 1, (size - 2) // 2 + 1
    missing = shortcut_size - block_size
    if missing:
        y = graph.add("Pad", y, graph.whole_numbers([0, 0, 0, 0, 0, 0, missing, missing]))
    return shortcut, y, shortcut_size


def detector_layers(net: DlibNet) -> list[Convolution]:
    """The detector's convolutions, for RGB pictures less MEAN_RGB. A rectifier follows all but the last."""
    first, *others = net.convolutions
    return [first.on_raw_pixels(np.zeros(3, np.float32), DIVISOR), *others]


def detector_model(layers: Sequence[Convolution], pairs: Mapping[int, Pair] = MappingProxyType({})) -> Model:
    """``images`` float32 RGB (n, 3, h, w), less MEAN_RGB → ``scores`` float32 (n, 8, h', w'), one cell per 8 pixels.

    The first channel is above 0 for a face. The others are zeros: channels are filled up to a multiple of eight.
    pairs: by the index of the layer, what takes its place; without them the answers are dlib's own.
    """
    *body, last = layers
    graph, x, channels = _Graph(), "images", 3
    for index, layer in enumerate(body):
        for part in pairs.get(index, (layer,)):
            x = graph.convolve(x, _widened(part, channels))
            channels = _lanes(len(part.bias))
        x = graph.add("Relu", x)
    for part in _row_by_row(last):
        x = graph.convolve(x, _widened(part, channels))
        channels = _lanes(len(part.bias))
    return graph.model("images", FLOAT, ["n", 3, "h", "w"], x, "scores", ["n", channels, "rows", "columns"])


def _row_by_row(layer: Convolution) -> tuple[Convolution, Convolution]:
    """A convolution of one output as two: one along each row of taps, and the sum of their results down the rows.

    The answers are the same for a quarter of the work: a single output would take up eight channels (``_LANES``).
    """
    height = layer.weight.shape[2]
    along = layer.weight[0].transpose(1, 0, 2)[:, :, None, :]
    down = np.eye(height, dtype=np.float32)[None, :, :, None]
    return (
        Convolution(along, np.zeros(height, np.float32), 1, layer.padding),
        Convolution(down, layer.bias, 1, layer.padding),
    )


def _lanes(channels: int) -> int:
    return -(-channels // _LANES) * _LANES


def _widened(layer: Convolution, inputs: int) -> Convolution:
    """The layer with zeros for the channels that were added before it, and its own filled up."""
    outputs, given, height, width = layer.weight.shape
    weight = np.zeros((_lanes(outputs), inputs, height, width), np.float32)
    weight[:outputs, :given] = layer.weight
    bias = np.zeros(_lanes(outputs), np.float32)
    bias[:outputs] = layer.bias
    return Convolution(weight, bias, layer.stride, layer.padding)


class _Graph:
    """Collects nodes; the methods that add one return the name of its output."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._weights: dict[str, Floats] = {}

    def weight(self, values: Floats) -> str:
        name = f"weight_{len(self._weights)}"
        self._weights[name] = np.ascontiguousarray(values)
        self._constants.append(onnx_format.weight(name, values.shape))
        return name

    def whole_numbers(self, values: Sequence[int]) -> str:
        name = f"numbers_{len(self._constants)}"
        self._constants.append(onnx_format.whole_numbers(name, values))
        return name

    def add(self, kind: str, *inputs: str, **attributes: int | Sequence[int]) -> str:
        name = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(onnx_format.node(kind, inputs, name, attributes))
        return name

    def convolve(self, x: str, layer: Convolution) -> str:
        return self.add(
            "Conv",
            x,
            self.weight(layer.weight),
            self.weight(layer.bias),
            kernel_shape=layer.weight.shape[2:],
            # A kernel one pixel wide needs neither stride nor padding in that direction.
            strides=[layer.stride if side > 1 else 1 for side in layer.weight.shape[2:]],
            pads=[layer.padding if side > 1 else 0 for side in layer.weight.shape[2:]] * 2,
        )

    def model(
        self, source: str, kind: int, shape: list[int | str], result: str, name: str, result_shape: list[int | str]
    ) -> Model:
        nodes = [*self._nodes, onnx_format.node("Identity", [result], name, {})]
        given, wanted = onnx_format.value(source, kind, shape), onnx_format.value(name, FLOAT, result_shape)
        return Model(onnx_format.model(nodes, self._constants, given, wanted), self._weights)

"""What computes a network: onnxruntime, or OpenVINO where a site has installed the extra.

Either computes in the precision of the file and in no other. Left to itself OpenVINO takes
bfloat16 on CPUs that have it, and scores move without a word; onnxruntime does on some Arm CPUs.
"""

from __future__ import annotations

import json
import platform
import threading
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from wsai.errors import SettingsInvalid

Runtime = Literal["onnxruntime", "openvino"]
RUNTIMES: tuple[Runtime, ...] = ("onnxruntime", "openvino")
LABELS_KEY = "wsai.labels"
"""Key of the ONNX file's metadata: our labels in the order of class numbers, as a JSON list."""

X64 = frozenset({"x86_64", "amd64"})
VNNI = frozenset({"avx_vnni", "avx512_vnni"})
PINNED = {
    # threads may spin within a run, a tenth faster here, but not after it: parsing, storing and
    # answering need their core
    "session.force_spinning_stop": "1",
    # a network is computed in the precision of its file, whatever the CPU offers: INT8 is fused
    # and not unpacked to float32, and float32 never becomes bfloat16, as on some Arm CPUs
    "session.disable_quant_qdq": "0",
    "mlas.enable_gemm_fastmath_arm64_bfloat16": "0",
}
"""What would otherwise follow the CPU or onnxruntime's defaults."""

Port = tuple[str, str, Any, Any]
"""Name, element type, and the first two sides of an input or output."""


class Network(Protocol):
    """A loaded network; safe to call from many threads."""

    @property
    def provider(self) -> str:
        """Return what computes it."""
        ...

    @property
    def ports(self) -> list[Port]:
        """Return inputs, then outputs."""
        ...

    @property
    def labels(self) -> list[str] | None:
        """Return the labels that the file itself names; ``None`` where it names none."""
        ...

    def run(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return the outputs for pictures of shape ``(1, 3, h, w)``."""
        ...


class OrtNetwork:
    """A network in onnxruntime, on the CPU.

    Args:
        content: The ONNX file.
        threads: Threads for one picture.
    """

    def __init__(self, content: bytes, threads: int) -> None:
        self._session = onnxruntime.InferenceSession(
            content, session_options(threads), providers=["CPUExecutionProvider"]
        )

    @property
    def provider(self) -> str:
        """Return what of onnxruntime computes it."""
        return str(self._session.get_providers()[0])

    @property
    def ports(self) -> list[Port]:
        """Return inputs, then outputs."""
        found = (*self._session.get_inputs(), *self._session.get_outputs())
        return [(port.name, port.type, *port.shape[:2]) for port in found]

    @property
    def labels(self) -> list[str] | None:
        """Return the labels that the file itself names."""
        return _labels(self._session.get_modelmeta().custom_metadata_map.get(LABELS_KEY))

    def run(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return the outputs for pictures of shape ``(1, 3, h, w)``."""
        outputs: list[NDArray[np.float32]] = self._session.run(None, {"images": images})
        return outputs


class OpenVinoNetwork:
    """A network in OpenVINO, on the CPU, in the precision of its file.

    Args:
        content: The ONNX file.
        threads: Threads for one picture.

    Raises:
        SettingsInvalid: OpenVINO is not installed.
    """

    def __init__(self, content: bytes, threads: int) -> None:
        try:
            openvino = import_module("openvino")
        except ImportError as error:
            raise SettingsInvalid(
                "WSAI_RUNTIME is openvino, which is not installed: pip install 'wsai[openvino]'"
            ) from error
        core = openvino.Core()
        self._model = core.read_model(content)
        self._compiled = core.compile_model(
            self._model,
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": "f32",  # the default is bfloat16 where a CPU has it
                "INFERENCE_NUM_THREADS": threads,
                "PERFORMANCE_HINT": "LATENCY",
            },
        )
        self._outputs = [port.get_any_name() for port in self._compiled.outputs]
        self._requests = threading.local()  # a request belongs to one call at a time

    @property
    def provider(self) -> str:
        """Return what of OpenVINO computes it."""
        return "OpenVINO CPU"

    @property
    def ports(self) -> list[Port]:
        """Return inputs, then outputs, in onnxruntime's words."""
        found: list[Port] = []
        for port in (*self._model.inputs, *self._model.outputs):
            kind = {"f32": "tensor(float)"}.get(port.element_type.get_type_name(), "other")
            sides = [s.get_length() if s.is_static else None for s in port.partial_shape]
            found.append((port.get_any_name(), kind, sides[0], sides[1]))
        return found

    @property
    def labels(self) -> list[str] | None:
        """Return the labels that the file itself names."""
        path = ["framework", LABELS_KEY]
        return _labels(str(self._model.get_rt_info(path).value)) if self._has(path) else None

    def _has(self, path: list[str]) -> bool:
        return bool(self._model.has_rt_info(path))

    def run(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return the outputs for pictures of shape ``(1, 3, h, w)``."""
        request = getattr(self._requests, "own", None)
        if request is None:
            request = self._requests.own = self._compiled.create_infer_request()
        found = request.infer({"images": images})
        return [np.array(found[name]) for name in self._outputs]


def _labels(text: str | None) -> list[str] | None:
    """Return the labels in a file's metadata; ``None`` where there are none that can be read."""
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def load_network(content: bytes, runtime: Runtime, *, threads: int) -> Network:
    """Return a network that is ready to run.

    Args:
        content: The ONNX file.
        runtime: What computes it.
        threads: Threads for one picture.

    Raises:
        SettingsInvalid: The runtime is not installed.
        Exception: It is no network; the runtimes have no common base.
    """
    if runtime == "openvino":
        return OpenVinoNetwork(content, threads)
    return OrtNetwork(content, threads)


def sums_exactly(machine: str, cpuinfo: str) -> bool:
    """Return whether a CPU sums products of INT8 in 32 bits; else pairs overflow 16 bits, silently.

    Args:
        machine: Kind of CPU, as `platform.machine` names it.
        cpuinfo: Linux' ``/proc/cpuinfo``; empty where there is none.

    Example:
        >>> sums_exactly("x86_64", "flags : sse avx2"), sums_exactly("x86_64", "flags : avx_vnni")
        (False, True)
        >>> sums_exactly("aarch64", "")
        True
    """
    return machine.lower() not in X64 or not VNNI.isdisjoint(cpuinfo.split())


@lru_cache(maxsize=1)
def _this_cpu_sums_exactly() -> bool:
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        cpuinfo = ""
    return sums_exactly(platform.machine(), cpuinfo)


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """Return how networks are run: threads for one picture, and everything in ``PINNED``.

    On CPUs that do not sum INT8 exactly onnxruntime takes other kernels, which do. Everywhere else
    those would only take twice as long, for the same result.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    exact_kernels = "0" if _this_cpu_sums_exactly() else "1"
    options.add_session_config_entry("session.x64quantprecision", exact_kernels)
    for name, value in PINNED.items():
        options.add_session_config_entry(name, value)
    return options

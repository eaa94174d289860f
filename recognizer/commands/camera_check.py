"""What a look at a camera says to its admin: a part of ``recognizer check``."""

from __future__ import annotations

from recognizer.camera.look import CameraReport
from recognizer.config.configuration import CameraConfig
from recognizer.ops.wording import count_of

_BLIND = {
    "dark": "the picture is dark and nobody can be seen by it; turn on the light, and see that the lens is free",
    "grey": "the picture is of one colour and shows nothing; see that the lens is free and the camera works",
    "torn": "large parts of the picture are damaged; see to the network and the cable",
    "covered": "something covers the lens; uncover it, and see that it is clean and in focus",
}

_LIGHT = {
    "dark": "dark (turn on the light)",
    "dim": "dim light (more would make names surer)",
    "good": "good light",
    "glaring": "glaring light (turn the camera away from the windows, or shorten its exposure)",
}


def describe_look(report: CameraReport, camera: CameraConfig) -> str:
    """Size, frame rate, light and faces, in one line."""
    rate = report.frames_per_second
    parts = [
        f"{report.width} × {report.height}",
        "a single frame" if rate is None else f"{rate:.{0 if rate >= 10 else 1}f} frames per second",
        _LIGHT[report.light],
        "faces not looked for" if report.faces is None else f"{count_of(report.faces, 'face')} found",
    ]
    return f"{', '.join(parts)}, from {camera.address}"


def explain_look(report: CameraReport, camera: CameraConfig) -> str:
    """Why this camera would name nobody as it is, and what to do; "" where it would."""
    size = f"{report.width} × {report.height} from {camera.address}"
    if report.blind_because:
        return f"{size}: {_BLIND[report.blind_because]}"
    if not report.turn:
        return ""
    rotate = (camera.rotate + report.turn) % 360
    advice = f"write rotate = {rotate} for this camera" if rotate else "take this camera's rotate out"
    return f"{size}: faces are found only when the picture is turned by {report.turn}°; {advice} in recognizer.toml"
